// The checkpoints of a lane's durable shards: in steps, and for the sake of the log that the shards share.

#include "host/lanes/lane.hpp"
#include "host/lanes/log_keepers.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kCheckpointBytesATick = 256 * 1024;  // of a shard

}  // namespace

// A bit of the checkpoints that are under way. Requires: no batch is open.
void Lane::checkpoint() {
  write_states();
  if (log_ == nullptr || !log_->has_room() || store_is_full()) return;
  want_checkpoint();
  for (const auto& [key, shard] : by_log_) {
    if (shard->is_open()) shard->checkpoint(kCheckpointBytesATick);
  }
  const std::int64_t now_ns = steady_ns();  // before, as in commit_batch
  log_->commit();
  for (const auto& [key, shard] : by_log_) {
    if (shard->is_open()) shard->journal()->handed_over(now_ns);
  }
}

// Of the shard for whose sake too much of the log stays.
void Lane::want_checkpoint() {
  LogKeepers keepers(options_.checkpoint_bytes);
  Shard* next = nullptr;
  for (const auto& [key, shard] : by_log_) {
    if (shard->is_open() && keepers.add(log_->kept_bytes(key), shard->journal()->checkpoint_took()))
      next = shard;
  }
  if (keepers.wants_checkpoint()) next->journal()->want_checkpoint();
}

}  // namespace shoal::lanes
