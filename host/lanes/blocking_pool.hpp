#pragma once
// BlockingPool: the threads on which the turns of one entity type run that may block.
//
// Shared by the lanes, owned by whoever holds the last reference: the type's entry. A lane puts a turn in and
// gets it back in its inbox; each lane has at most `turns_max` out, and so the queue is bounded. A lane
// neither locks nor waits here: the queue has no lock, and a thread that sleeps is woken by a semaphore.

#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/lanes/blocking_turn.hpp"
#include "host/lanes/bounded_queue.hpp"
#include "host/lanes/turn_watch.hpp"

namespace shoal::lanes {

// What waits for a thread on one lane. One writer, the lane.
struct alignas(64) BlockingCounters {
  std::atomic<std::uint64_t> waiting{0};  // records and messages at their entities
  std::atomic<std::uint64_t> waiting_bytes{0};
  std::atomic<std::uint64_t> turns{0};  // that have come back
};

class BlockingPool {
 public:
  struct Options {
    std::string name;  // of the type, for the names of the threads
    std::uint32_t threads = 1;
    std::uint32_t lanes = 1;
  };

  explicit BlockingPool(const Options& options);
  // Requires: as `join`.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // It comes back in the inbox of its home. [lane]
  void put(std::unique_ptr<BlockingTurn> turn);
  // From now on records that have not begun come back as they are. Requires: the lanes drain. [control]
  void drain() { draining_.store(true, std::memory_order_release); }
  // Ends the threads; afterwards lanes may go, which a thread wakes as its last act for a turn. Requires: no
  // turn is out. [control]
  void join();
  bool has_ended() const;  // [control]

  // Of one lane, that may be out: a thread has its next one while the lane takes the last one back.
  std::size_t turns_max() const { return 2 * std::size_t{threads()}; }
  std::uint32_t threads() const { return static_cast<std::uint32_t>(workers_.size()); }
  // The turn that each thread is inside of. [any-thread]
  const TurnWatch& watch(std::uint32_t thread) const { return workers_[thread]->watch; }
  // Inside of a turn now. [any-thread]
  std::uint32_t running() const;
  // [any-thread], but for the lane's that writes.
  BlockingCounters& counters(LaneIndex lane) { return counters_[lane.value]; }
  const BlockingCounters& counters(LaneIndex lane) const { return counters_[lane.value]; }
  std::uint32_t lanes() const { return static_cast<std::uint32_t>(counters_.size()); }

 private:
  struct alignas(64) Worker {
    TurnWatch watch;
    std::thread thread;
  };

  void loop(Worker& worker);

  BoundedQueue<std::unique_ptr<BlockingTurn>> queue_;
  sem_t queued_{};  // as many as are in the queue
  std::vector<BlockingCounters> counters_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> draining_{false};
};

}  // namespace shoal::lanes
