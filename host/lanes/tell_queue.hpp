#pragma once
// TellQueue: tells that wait for their acknowledgement, oldest first.
//
// Pure. Owned by one shard and used only on its lane. Everything is copied into one byte arena that is
// reused, so that a steady queue allocates nothing. It has no bound of its own: TellWindows has.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/record.hpp"

namespace shoal::lanes {

// A tell as its sender keeps it. Views into a queue live until that is changed.
struct StoredTell {
  std::string_view id;       // of the entity
  std::string_view message;  // its name
  std::optional<std::string_view> body;
  std::string_view traceparent;
  std::string_view request_id;
  std::string_view place;  // which of its sender's it is, as the log says it
};

class TellQueue {
 public:
  std::size_t size() const { return tells_.size() - first_; }
  bool empty() const { return size() == 0; }
  std::size_t bytes() const { return end_ - (empty() ? end_ : tells_[first_].at); }

  void push(const StoredTell& tell);
  void pop_front();
  void pop_back();
  StoredTell at(std::size_t index) const;

  // The record of the log that has it; the sequence is 0 as long as none does.
  journal::EmitId emit_id(std::size_t index) const { return tells_[first_ + index].id; }
  void set_emit_id(std::size_t index, const journal::EmitId& id) { tells_[first_ + index].id = id; }

 private:
  struct Entry {
    std::size_t at;  // of all bytes there ever were
    std::size_t id_size;
    std::size_t message_size;
    std::size_t body_size;
    std::size_t traceparent_size;
    std::size_t request_id_size;
    std::size_t place_size;
    bool has_body;
    journal::EmitId id;
  };

  void compact();

  std::vector<Entry> tells_;
  std::size_t first_ = 0;  // those before it have gone
  std::string bytes_;
  std::size_t begin_ = 0;  // what `bytes_` begins with, and ends before
  std::size_t end_ = 0;
};

}  // namespace shoal::lanes
