#pragma once
// Incarnation: one entity in memory, as a host keeps it: the slot, its timers, its stash.

#include <cstdint>
#include <deque>
#include <map>
#include <new>
#include <optional>
#include <string>

#include "shoal/abi/entity.h"
#include "shoal/testkit/turn_recorder.hpp"

namespace shoal::testkit {

// A message on its way to an entity: from a record, a tell or an ask.
struct Delivery {
  std::uint32_t message_index = 0;
  std::optional<std::string> body;
  std::optional<std::uint64_t> ask_number;
  std::optional<std::string> traceparent;
  bool from_record = false;
  // Of a record.
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;
  std::optional<std::string> group;
  std::optional<std::string> key;
  std::vector<HeaderData> headers;
};

// The memory is as large and as aligned as the type says, to the byte: a sanitizer sees what a host's slots
// would hide.
class Slot {
 public:
  explicit Slot(const shoal_entity_type& type)
      : size_(type.slot_size),
        alignment_(type.slot_alignment),
        memory_(::operator new(size_, std::align_val_t{alignment_})) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { ::operator delete(memory_, std::align_val_t{alignment_}); }

  void* memory() const { return memory_; }

 private:
  std::size_t size_;
  std::size_t alignment_;
  void* memory_;
};

struct Incarnation {
  explicit Incarnation(const shoal_entity_type& type) : slot(type) {}

  Slot slot;
  std::map<std::string, Alarm> timers;
  std::uint64_t receive_timeout_ms = 0;  // 0: none
  std::int64_t last_message_ms = 0;
  std::deque<Delivery> stash;
};

}  // namespace shoal::testkit
