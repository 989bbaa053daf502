#include "cluster/transport/link.hpp"

#include <utility>

#include "cluster/transport/counters.hpp"
#include "cluster/transport/send_queue.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::transport {

Link::Link(std::string address, LinkBounds bounds, std::shared_ptr<SendQueue> queue,
           std::shared_ptr<Tally> tally)
    : address_(std::move(address)), bounds_(bounds), queue_(std::move(queue)), tally_(std::move(tally)) {}

Result<void> Link::send(Batch& batch) {
  SHOAL_ASSERT(!batch.empty());
  const std::size_t channel = static_cast<std::size_t>(batch.channel());
  if (is_closed_.load(std::memory_order_relaxed)) {
    tally_->drop(Drop::closed, batch.count());
    return error(ErrorCode::unavailable, "");
  }
  if (batch.frame().size() > bounds_.frame_bytes_max) {
    tally_->drop(Drop::too_long, batch.count());
    return error(ErrorCode::invalid_argument, "");
  }
  const std::size_t bytes = batch.waiting_bytes();
  const std::size_t waiting = waiting_[channel].fetch_add(bytes, std::memory_order_relaxed);
  if (waiting + bytes > bounds_.waiting_bytes_max[channel]) {
    waiting_[channel].fetch_sub(bytes, std::memory_order_relaxed);
    tally_->drop(Drop::link_full, batch.count());
    return error(ErrorCode::overloaded, "");
  }
  queue_->put({shared_from_this(), std::exchange(batch, Batch(batch.channel()))});
  return success();
}

std::size_t Link::waiting_bytes(Channel channel) const {
  return waiting_[static_cast<std::size_t>(channel)].load(std::memory_order_relaxed);
}

void Link::release(const Batch& batch) {
  waiting_[static_cast<std::size_t>(batch.channel())].fetch_sub(batch.waiting_bytes(),
                                                                std::memory_order_relaxed);
}

}  // namespace shoal::transport
