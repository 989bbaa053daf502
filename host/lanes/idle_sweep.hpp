#pragma once
// IdleSweep: which entities of a shard have had no message for its type's time-out.
//
// Pure, owned by one lane. A message costs one store of a stamp; there is no list and no timer an entity.
// Each `sweep` looks at a bounded number of blocks, so many that the whole table is seen once in half of the
// time-out: an entity is found between one time-out and one and a half after its last message, a little later
// while the table grows. Stamps are ticks of 100 ms in 32 bits and wrap after 13 years; differences of them
// do not. 4 bytes a block.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

class IdleSweep {
 public:
  static constexpr std::int64_t tick_ns = 100'000'000;
  static constexpr std::uint32_t tick_of(std::int64_t now_ns) {
    return static_cast<std::uint32_t>(now_ns / tick_ns);
  }

  // `timeout_ticks` is rounded up by whoever has milliseconds. Requires: 0 < timeout_ticks < 2^31.
  IdleSweep(std::uint32_t timeout_ticks, std::uint32_t now_tick)
      : timeout_ticks_(timeout_ticks), swept_tick_(now_tick) {
    SHOAL_ASSERT(timeout_ticks > 0 && timeout_ticks < (std::uint32_t{1} << 31));
  }

  // Requires: the block is not in here.
  void added(std::uint32_t block, std::uint32_t now_tick) {
    if (block >= stamps_.size()) stamps_.resize(std::size_t{block} + 1, kAbsent);
    stamps_[block] = stamp_of(now_tick);
  }

  // Requires: the block was added.
  void touched(std::uint32_t block, std::uint32_t now_tick) { stamps_[block] = stamp_of(now_tick); }

  // Requires: the block was added.
  void removed(std::uint32_t block) { stamps_[block] = kAbsent; }

  // Blocks that are or were in use: their numbers are below it.
  std::uint32_t block_count() const { return static_cast<std::uint32_t>(stamps_.size()); }
  // How long the entity in the block has had no message, 0 for a stamp later than now; none where there is no
  // entity. Requires: block < block_count().
  std::optional<std::uint32_t> idle_ticks(std::uint32_t block, std::uint32_t now_tick) const {
    const std::uint32_t stamp = stamps_[block];
    if (stamp == kAbsent) return std::nullopt;
    return now_tick - stamp < kAhead ? now_tick - stamp : 0;
  }

  // Calls `visit(block)` for blocks whose last message is a time-out ago, looking at `blocks_max` at most;
  // what that leaves undone the next call catches up with. `visit` may remove any block and touch any; one
  // that it leaves as it is comes again in the next round. Returns how many were looked at.
  template <class Visit>
  std::uint32_t sweep(std::uint32_t now_tick, std::uint32_t blocks_max, Visit&& visit) {
    const std::uint32_t count = std::min(due(now_tick), blocks_max);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (next_ >= stamps_.size()) next_ = 0;
      const std::uint32_t block = next_++;
      const std::uint32_t stamp = stamps_[block];
      if (stamp != kAbsent && now_tick - stamp >= timeout_ticks_ && now_tick - stamp < kAhead) visit(block);
    }
    owed_ -= std::uint64_t{count} * timeout_ticks_;
    return count;
  }

 private:
  static constexpr std::uint32_t kAbsent = 0;
  // A stamp later than now: a turn read its clock after the sweep did.
  static constexpr std::uint32_t kAhead = std::uint32_t{1} << 31;

  // The one tick that would look like no entity at all counts as the next.
  static constexpr std::uint32_t stamp_of(std::uint32_t tick) { return tick == kAbsent ? 1 : tick; }

  // Blocks to look at now: size · elapsed / (timeout / 2), what was left undone included, at most a round.
  std::uint32_t due(std::uint32_t now_tick) {
    const std::uint32_t elapsed = std::min(now_tick - swept_tick_, timeout_ticks_);
    swept_tick_ = now_tick;
    const std::uint64_t round = std::uint64_t{stamps_.size()} * timeout_ticks_;
    owed_ = std::min(owed_ + std::uint64_t{stamps_.size()} * elapsed * 2, round);
    return static_cast<std::uint32_t>(owed_ / timeout_ticks_);
  }

  std::vector<std::uint32_t> stamps_;  // by block
  std::uint32_t timeout_ticks_;
  std::uint32_t swept_tick_;  // of the last sweep
  std::uint32_t next_ = 0;    // block
  std::uint64_t owed_ = 0;    // blocks to look at, times timeout_ticks_
};

}  // namespace shoal::lanes
