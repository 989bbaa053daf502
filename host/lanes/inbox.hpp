#pragma once
// Inbox: everything that reaches a lane from other threads, and the way to wake it.
//
// Any thread puts in; the lane alone takes out and sleeps. Four queues: parcels (bounded in bytes: a full
// one refuses messages, not replies), delivery reports (bounded by what the producer has in flight), turns
// that come back from a pool (bounded by what the lane gave there) and tasks (orders of the control side,
// bounded by who may give them). The lane sleeps on one eventfd, which Kafka's queues write as well.

#include <concurrentqueue.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "host/kafka/record_sender.hpp"
#include "host/lanes/blocking_turn.hpp"
#include "host/lanes/parcel.hpp"

namespace shoal::lanes {

class Lane;

// Runs on the lane between two batches.
using Task = std::function<void(Lane&)>;

// What waits stays in a core's cache. A parcel that is larger finds room where nothing waits.
inline constexpr std::size_t inbox_bytes_max = 2 * 1024 * 1024;

// What ends a lane's sleep besides tasks, reports and Kafka: a lane that is held by a full producer does not
// look at its messages.
enum class WakeFor { messages, no_messages };

class Inbox {
 public:
  Inbox();
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // False where it is full: the parcel is left with the caller. [any-thread]
  bool put(std::unique_ptr<Parcel>& parcel);
  // Replies: never refused. [any-thread]
  void put_always(std::unique_ptr<Parcel> parcel);
  void put(Task task);                                       // [any-thread]
  void put(std::span<const kafka::DeliveryReport> reports);  // [producer's thread]; empty only wakes
  void put(std::unique_ptr<BlockingTurn> done);              // [blocking]

  // Null where there is none. [lane]
  std::unique_ptr<Parcel> take_parcel();
  std::unique_ptr<BlockingTurn> take_done();
  bool take_task(Task& task);
  std::size_t take_reports(std::span<kafka::DeliveryReport> reports);

  // No parcel waits. Others may put one in the next moment. [lane]
  bool idle() const { return parcel_bytes_.load(std::memory_order_acquire) == 0; }
  // Of the parcels that wait. [any-thread]
  std::size_t bytes() const { return parcel_bytes_.load(std::memory_order_relaxed); }

  // Waits until something is put in, Kafka writes `wake_fd`, or the time is over. [lane]
  void sleep(std::chrono::milliseconds timeout, WakeFor wake_for);
  int wake_fd() const { return wake_fd_; }

 private:
  void wake();
  bool empty(WakeFor wake_for) const;

  moodycamel::ConcurrentQueue<std::unique_ptr<Parcel>> parcels_;
  moodycamel::ConcurrentQueue<Task> tasks_;
  moodycamel::ConcurrentQueue<kafka::DeliveryReport> reports_;
  moodycamel::ConcurrentQueue<std::unique_ptr<BlockingTurn>> done_;
  std::atomic<std::size_t> parcel_bytes_{0};
  std::atomic<bool> room_again_{false};  // an empty report came
  std::atomic<bool> sleeping_{false};
  int wake_fd_;
  int epoll_fd_;  // watches wake_fd_ for edges: each write wakes once, and nothing is read
};

}  // namespace shoal::lanes
