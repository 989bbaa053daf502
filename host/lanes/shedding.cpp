#include "host/lanes/shedding.hpp"

#include <utility>

namespace shoal::lanes {

void Shedding::count(std::vector<Shard*> shards, std::uint32_t now_tick, Counted done) {
  *this = {};
  shards_ = std::move(shards);
  order_.now_tick = now_tick;
  on_counted_ = std::move(done);
}

void Shedding::shed(std::vector<Shard*> shards, const ShedOrder& order, Shed done) {
  *this = {};
  shards_ = std::move(shards);
  order_ = order;
  on_shed_ = std::move(done);
}

void Shedding::step(Turn& turn, std::uint64_t tag, const LaneClock& clock) {
  if (on_counted_) count_step();
  if (on_shed_) shed_step(turn, tag, clock);
}

const IdleSweep* Shedding::at_hand() {
  while (next_shard_ < shards_.size()) {
    const IdleSweep* idle = shards_[next_shard_]->shed_candidates();
    if (next_block_ < idle->block_count()) return idle;
    ++next_shard_;
    next_block_ = 0;
  }
  return nullptr;
}

void Shedding::count_step() {
  for (std::uint32_t i = 0; i < counted_at_once; ++i) {
    const IdleSweep* idle = at_hand();
    if (idle == nullptr) {
      for (const Shard* shard : shards_) candidates_.reusable_bytes += shard->reusable_bytes();
      return std::exchange(on_counted_, {})(candidates_);
    }
    if (const auto ticks = idle->idle_ticks(next_block_++, order_.now_tick)) candidates_.idle.add(*ticks);
  }
}

bool Shedding::takes(std::uint32_t idle_ticks) {
  if (idle_ticks >= order_.all_from_ticks) return true;
  if (idle_ticks < order_.some_from_ticks || order_.some_max == 0) return false;
  --order_.some_max;
  return true;
}

// Looks at no more blocks than a count does, and passivates far fewer.
void Shedding::shed_step(Turn& turn, std::uint64_t tag, const LaneClock& clock) {
  const std::int64_t until_ns = clock.steady_ns() + step_ns_max;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < counted_at_once && count < shed_at_once; ++i) {
    const IdleSweep* idle = at_hand();
    if (idle == nullptr) return std::exchange(on_shed_, {})(shed_);
    const std::uint32_t block = next_block_++;
    const auto ticks = idle->idle_ticks(block, order_.now_tick);
    if (!ticks || !takes(*ticks)) continue;
    Shard& shard = *shards_[next_shard_];
    if (!shard.shed(turn, block, tag)) continue;
    ++shed_[shard.type_index()];
    ++count;
    if (clock.steady_ns() >= until_ns) return;
  }
}

}  // namespace shoal::lanes
