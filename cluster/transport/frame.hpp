#pragma once
// Frame: what one ZeroMQ frame holds, as cluster/WIRE.md describes it. Pure.
//
// A batch of messages is kept as the bytes of its frame from the moment the first is added, so that sending
// and reading many messages allocates once and copies each once.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cluster/transport/node.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

enum class FrameKind : std::uint8_t { hello, welcome, refusal, messages };

inline constexpr std::size_t frame_header_bytes = 2;    // kind, channel
inline constexpr std::size_t message_header_bytes = 4;  // length

// Messages of one channel, in order.
class Batch {
 public:
  explicit Batch(Channel channel);
  // The messages of a frame. invalid_argument: it is no such frame; the text names what is wrong.
  static Result<Batch> decode(std::string frame);

  void add(std::string_view message);
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  Channel channel() const { return static_cast<Channel>(static_cast<std::uint8_t>(bytes_[1])); }
  bool empty() const { return bytes_.size() == frame_header_bytes; }
  std::size_t count() const { return count_; }
  const std::string& frame() const { return bytes_; }
  // What it takes of a bound: its bytes, and what it costs to keep them.
  std::size_t waiting_bytes() const { return bytes_.size() + 64; }
  // The frame without its header: what is put behind another batch's to make one of both.
  std::string_view body() const { return std::string_view(bytes_).substr(frame_header_bytes); }

  // Views of the messages; they live as long as the batch.
  class Iterator {
   public:
    explicit Iterator(std::string_view rest) : rest_(rest) {}
    std::string_view operator*() const { return rest_.substr(message_header_bytes, size()); }
    Iterator& operator++() {
      rest_.remove_prefix(message_header_bytes + size());
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.rest_.size() == b.rest_.size(); }

   private:
    std::size_t size() const;
    std::string_view rest_;
  };
  Iterator begin() const { return Iterator(body()); }
  Iterator end() const { return Iterator({}); }

 private:
  Batch(std::string bytes, std::size_t count) : bytes_(std::move(bytes)), count_(count) {}

  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace shoal::transport
