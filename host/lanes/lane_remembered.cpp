// The remembered entities of a lane's shards: with each tick some of those that are to run again begin.

#include <algorithm>

#include "host/lanes/lane.hpp"
#include "host/lanes/lane_clock.hpp"

namespace shoal::lanes {

namespace {

constexpr std::uint64_t kTicksASecond = 10;

void show(std::atomic<std::uint64_t>& counter, std::uint64_t number) {
  counter.store(number, std::memory_order_relaxed);
}

}  // namespace

// Between the ticks messages run, and they make their entities run first.
void Lane::start_remembered() {
  const bool ends = draining_.load(std::memory_order_acquire);
  for (Type& type : types_) {
    if (type.starts_a_second == 0) continue;
    if (!ends) start_remembered(type);
    std::uint64_t remembered = 0;
    std::uint64_t to_start = 0;
    for (const auto& shard : type.shards) {
      if (shard == nullptr) continue;
      remembered += shard->journal()->remembered().size();
      to_start += shard->journal()->remembered().waiting();
    }
    if (type.counters == nullptr) continue;
    show(type.counters->remembered, remembered);
    show(type.counters->to_start, to_start);
  }
}

// A start costs a lane's ticks times the lanes. What a tick has not used is not kept for the next ones, but
// for the part of one start.
void Lane::start_remembered(Type& type) {
  const std::uint64_t cost = kTicksASecond * options_.lane_count;
  type.start_credit = std::min(type.start_credit + type.starts_a_second, type.starts_a_second + cost - 1);
  auto left = static_cast<std::uint32_t>(type.start_credit / cost);
  if (left == 0) return;
  begin_turns(steady_ns());
  std::size_t shards = type.shards.size();
  for (const auto& shard : type.shards) {
    // Each has its share of what is left, so that none waits for ever behind another one.
    const auto share = static_cast<std::uint32_t>((left + shards - 1) / shards);
    --shards;
    if (shard == nullptr || !shard->is_open()) continue;
    const std::uint32_t started = shard->start_remembered(
        turn_, share, no_record,
        [this] {
          if (must_release()) release();
          return !held_by_producer_ && !held_is_full() && !post_office_->blocked() &&
                 !post_office_->local_is_full();
        },
        [&](const TurnResult& result) { settle_own(*shard, result); });
    left -= started;
    type.start_credit -= started * cost;
  }
  release();
}

}  // namespace shoal::lanes
