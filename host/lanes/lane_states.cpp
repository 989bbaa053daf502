// The state store of a lane's durable shards: what came of what they asked for, and when nothing more is
// begun for want of room.

#include <spdlog/spdlog.h>

#include <utility>

#include "host/lanes/lane.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kBacklogBytesMax = 64 * 1024 * 1024;

}  // namespace

// So many states wait to be written that no turn is begun after which more may leave memory.
bool Lane::store_is_full() const { return surroundings_.store_backlog >= kBacklogBytesMax; }

Shard* Lane::shard_in_store(const journal::StoreShard& of) const {
  Shard* shard = shard_of(of.shard);
  return shard == nullptr || shard->journal()->ownership() != of.ownership ? nullptr : shard;
}

void Lane::store_opened(const journal::StoreOpened& outcome) {
  Shard* shard = shard_in_store(outcome.of);
  if (shard == nullptr) return;
  if (!outcome.dropped.empty()) {
    counters_.store_rebuilds.fetch_add(1, std::memory_order_relaxed);
    spdlog::warn("type {} shard {}: what the state store has of it is made again from its log: {}",
                 shard->type().name, outcome.of.shard.shard.value, outcome.dropped);
  }
  shard->store_opened(outcome.mark);
}

void Lane::states_written(const journal::StatesWritten& outcome) {
  if (Shard* shard = shard_in_store(outcome.of)) shard->states_written(outcome.number);
  give_chunks_back();
}

void Lane::states_read(const journal::StatesRead& outcome) {
  Shard* shard = shard_in_store(outcome.of);
  if (shard == nullptr) return;
  const bool was_open = shard->is_open();
  shard->states_fetched(turn_, outcome);
  if (!was_open && shard->journal()->is_recovering()) open(*shard);
}

void Lane::states_walked(const journal::StatesWalked& outcome) {
  if (Shard* shard = shard_in_store(outcome.of)) shard->states_walked(outcome);
}

// The log has everything that the store had.
void Lane::store_failed(const journal::StoreFailed& outcome) {
  Shard* shard = shard_in_store(outcome.of);
  if (shard == nullptr) return;
  counters_.store_rebuilds.fetch_add(1, std::memory_order_relaxed);
  spdlog::error("type {} shard {}: what the state store has of it is made again from its log: {}",
                shard->type().name, outcome.of.shard.shard.value, outcome.message);
  make_again(*shard);
}

void Lane::store_stuck(const std::string& message) {
  counters_.store_stuck.store(1, std::memory_order_relaxed);
  spdlog::error("lane {}: the state store cannot be written, it is tried again: {}", options_.index.value,
                message);
}

void Lane::store_goes_on() {
  counters_.store_stuck.store(0, std::memory_order_relaxed);
  spdlog::info("lane {}: the state store is written again", options_.index.value);
}

void Lane::write_states() {
  if (store_ == nullptr) return;
  for (const auto& [key, shard] : by_log_) shard->write_states();
  give_chunks_back();
}

void Lane::give_chunks_back() {
  if (chunks_.empty() || store_is_full()) return;
  for (const journal::ReadChunk& chunk : std::exchange(chunks_, {})) log_->give_back(chunk);
}

}  // namespace shoal::lanes
