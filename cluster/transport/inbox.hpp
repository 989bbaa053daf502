#pragma once
// Inbox: what was received on one channel and waits for the thread that takes it. Bounded in bytes: what does
// not fit is dropped, so that one channel's flood never holds up another's.

#include <concurrentqueue.h>

#include <atomic>
#include <cstddef>
#include <vector>

#include "cluster/transport/received.hpp"

namespace shoal::transport {

class Inbox {
 public:
  explicit Inbox(std::size_t bytes_max) : bytes_max_(bytes_max), producer_(items_) {}

  // False where it is full. [transport]
  bool put(Received received) {
    const std::size_t bytes = received.batch.waiting_bytes();
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_) {
      bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    items_.enqueue(producer_, std::move(received));
    return true;
  }

  // True where whoever takes has to be woken: something was put since it last looked. [transport]
  bool must_wake() { return !is_woken_.exchange(true, std::memory_order_acq_rel); }

  // Appends all that waits. [taker]
  void take(std::vector<Received>& received) {
    is_woken_.exchange(false, std::memory_order_acq_rel);
    Received next;
    while (items_.try_dequeue_from_producer(producer_, next)) {
      bytes_.fetch_sub(next.batch.waiting_bytes(), std::memory_order_relaxed);
      received.push_back(std::move(next));
    }
  }

 private:
  const std::size_t bytes_max_;
  moodycamel::ConcurrentQueue<Received> items_;
  moodycamel::ProducerToken producer_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> is_woken_{false};
};

}  // namespace shoal::transport
