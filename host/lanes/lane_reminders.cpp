// The reminders of a lane's shards: with each tick those whose time has come.

#include <algorithm>

#include "host/lanes/lane.hpp"
#include "host/lanes/lane_clock.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kRemindersATick = 1024;

}  // namespace

// Reminders whose time has come. Each shard has its share of what one tick runs, so that none waits for ever
// behind another one's.
void Lane::run_reminders() {
  if (by_log_.empty() || draining_.load(std::memory_order_acquire)) return;
  begin_turns(steady_ns());
  const std::int64_t now_ms = turn_.abi()->now_ns / 1'000'000;
  const std::size_t share = std::max<std::size_t>(kRemindersATick / by_log_.size(), 1);
  for (const auto& [key, shard] : by_log_) {
    for (std::size_t ran = 0; ran < share && shard->is_open(); ++ran) {
      if (must_release()) release();
      if (must_wait()) return;
      const auto due = shard->journal()->reminders().due(now_ms);
      if (!due) break;
      settle_own(*shard, shard->run_reminder(turn_, *due, no_record));
    }
  }
  release();
}

void Lane::show_reminders() const {
  for (const Type& type : types_) {
    if (type.counters == nullptr) continue;
    std::uint64_t pending = 0;
    for (const auto& shard : type.shards) {
      if (shard != nullptr && shard->journal() != nullptr) pending += shard->journal()->reminders().size();
    }
    type.counters->reminders.store(pending, std::memory_order_relaxed);
  }
}

}  // namespace shoal::lanes
