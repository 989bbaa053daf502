#pragma once
// Outbox: what waits on the transport thread for one address, by channel, and what goes next. Pure.

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include "cluster/transport/frame.hpp"

namespace shoal::transport {

class Outbox {
 public:
  // Batches of one channel are joined until a frame has so many bytes.
  static constexpr std::size_t frame_bytes_joined = 64 * 1024;

  void put(Batch batch);
  bool empty() const { return waiting_ == 0; }

  // `frame` becomes the batches of the next one: the oldest of the first channel that has any, in the order
  // of channels. Requires: not empty.
  void take_frame(std::vector<Batch>& frame);
  // All of a channel.
  std::vector<Batch> take_all(Channel channel);

 private:
  std::array<std::deque<Batch>, channels> batches_;
  std::size_t waiting_ = 0;  // batches
};

}  // namespace shoal::transport
