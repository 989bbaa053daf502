#include "host/lanes/blocking_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "host/lanes/inbox.hpp"
#include "host/lanes/lane_clock.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kThreadNameBytesMax = 15;  // Linux's bound

}  // namespace

// Each lane's turns, and one null a thread at the end.
BlockingPool::BlockingPool(const Options& options)
    : queue_(std::size_t{options.threads} * (2 * std::size_t{options.lanes} + 1)), counters_(options.lanes) {
  const int made = sem_init(&queued_, 0, 0);
  SHOAL_ASSERT(made == 0);
  const std::string name = ("b-" + options.name).substr(0, kThreadNameBytesMax);
  for (std::uint32_t index = 0; index < options.threads; ++index) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { loop(worker); });
    pthread_setname_np(worker.thread.native_handle(), name.c_str());
  }
}

BlockingPool::~BlockingPool() {
  join();
  sem_destroy(&queued_);
}

void BlockingPool::join() {
  if (has_ended()) return;
  for (std::size_t i = 0; i < workers_.size(); ++i) put(nullptr);  // each ends one thread
  for (const auto& worker : workers_) worker->thread.join();
}

bool BlockingPool::has_ended() const {
  return std::none_of(workers_.begin(), workers_.end(),
                      [](const auto& worker) { return worker->thread.joinable(); });
}

void BlockingPool::put(std::unique_ptr<BlockingTurn> turn) {
  const bool has_room = queue_.put(turn);
  SHOAL_ASSERT(has_room);
  sem_post(&queued_);
}

std::uint32_t BlockingPool::running() const {
  std::uint32_t count = 0;
  for (const auto& worker : workers_) count += worker->watch.is_inside() ? 1 : 0;
  return count;
}

void BlockingPool::loop(Worker& worker) {
  for (;;) {
    while (sem_wait(&queued_) != 0) {  // interrupted by a signal
    }
    std::unique_ptr<BlockingTurn> turn;
    // Another lane may have its place in front of what was counted, and not have put it in yet.
    while (!queue_.take(turn)) std::this_thread::yield();
    if (!turn) return;
    const bool is_record = turn->kept && turn->kept->record() != nullptr;
    if (is_record && draining_.load(std::memory_order_acquire)) {
      turn->end = BlockingEnd::not_begun;
    } else {
      const WatchedTurn watch(worker.watch, turn->entity.type, to_view(turn->turn.abi()->entity_id));
      turn->run(wall_clock_ns(), steady_ns(), worker.watch);
    }
    Inbox& home = *turn->home;
    home.put(std::move(turn));
  }
}

}  // namespace shoal::lanes
