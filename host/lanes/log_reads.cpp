#include "host/lanes/log_reads.hpp"

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

void LogReads::begin_reload(const journal::LogShard& shard) { of_shards_[shard].emplace_back(); }

void LogReads::begin_history(const journal::LogShard& shard, journal::EntityRecords::Wanted wanted,
                             Done done) {
  SHOAL_ASSERT(has_room());
  ++histories_;
  of_shards_[shard].push_back(History{journal::EntityRecords(std::move(wanted)), std::move(done)});
}

journal::EntityRecords* LogReads::history_of(const journal::LogShard& shard) {
  const auto found = of_shards_.find(shard);
  if (found == of_shards_.end() || !found->second.front()) return nullptr;
  return &found->second.front()->records;
}

bool LogReads::end(const journal::LogShard& shard) {
  const auto found = of_shards_.find(shard);
  if (found == of_shards_.end()) return false;
  std::optional<History> ended = std::move(found->second.front());
  found->second.pop_front();
  if (found->second.empty()) of_shards_.erase(found);
  if (!ended) return false;
  --histories_;
  ended->done(ended->records.take());
  return true;
}

void LogReads::drop(const journal::LogShard& shard) {
  auto dropped = of_shards_.extract(shard);
  if (dropped.empty()) return;
  for (std::optional<History>& read : dropped.mapped()) {
    if (!read) continue;
    --histories_;
    read->done(
        error(ErrorCode::unavailable, "the shard's log was closed or lost before it was read: try again"));
  }
}

}  // namespace shoal::lanes
