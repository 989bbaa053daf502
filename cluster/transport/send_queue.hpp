#pragma once
// SendQueue: what all threads hand to the transport thread, and the way to wake it. Bounded by the links.

#include <concurrentqueue.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "cluster/transport/frame.hpp"

namespace shoal::transport {

class Link;

class SendQueue {
 public:
  struct Item {
    std::shared_ptr<Link> link;
    Batch batch{Channel::user};
  };

  SendQueue();
  ~SendQueue();
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  void put(Item item);  // [any-thread]
  void wake();          // [any-thread]
  // Drops what is in it and what is still put in: an item holds a link, which holds this. [any-thread]
  void close();

  bool take(Channel channel, Item& item);  // [transport]
  // Readable after `wake`, until `clear_wake`, which stands before a look at what was put in. [transport]
  int wake_fd() const { return wake_fd_; }
  void clear_wake();

 private:
  void drop_all();

  std::array<moodycamel::ConcurrentQueue<Item>, channels> items_;
  std::atomic<bool> is_woken_{false};
  std::atomic<bool> is_closed_{false};
  const int wake_fd_;
};

}  // namespace shoal::transport
