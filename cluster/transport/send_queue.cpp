#include "cluster/transport/send_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::transport {

SendQueue::SendQueue() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { SHOAL_ASSERT(wake_fd_ >= 0); }

SendQueue::~SendQueue() { ::close(wake_fd_); }

void SendQueue::put(Item item) {
  auto& items = items_[static_cast<std::size_t>(item.batch.channel())];
  items.enqueue(std::move(item));
  wake();
  // Either `close` has seen what was put in, or this sees that it was closed.
  if (is_closed_.load()) drop_all();
}

void SendQueue::close() {
  is_closed_.store(true);
  drop_all();
}

void SendQueue::drop_all() {
  Item item;
  for (auto& items : items_) {
    while (items.try_dequeue(item)) item = {};
  }
}

void SendQueue::wake() {
  // This exchange and the one in `clear_wake` have an order: either the thread sees what was put in before
  // this one, or this one sees that it has to be woken.
  if (!is_woken_.exchange(true)) ::eventfd_write(wake_fd_, 1);
}

bool SendQueue::take(Channel channel, Item& item) {
  return items_[static_cast<std::size_t>(channel)].try_dequeue(item);
}

void SendQueue::clear_wake() {
  eventfd_t count = 0;
  ::eventfd_read(wake_fd_, &count);
  is_woken_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace shoal::transport
