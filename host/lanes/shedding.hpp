#pragma once
// Shedding: one lane's part in freeing memory: counts how long its entities have been idle, then passivates
// those that were chosen. Both in bounded steps, so that neither holds the lane up.
//
// Owned by one lane and used only there. An order that comes while another is under way takes its place; the
// other one's `done` is never called.

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "host/lanes/idle_census.hpp"
#include "host/lanes/lane_clock.hpp"
#include "host/lanes/shard.hpp"

namespace shoal::lanes {

struct ShedCandidates {
  IdleCensus idle;
  std::uint64_t reusable_bytes = 0;  // of ended entities, in the same shards
};

class Shedding {
 public:
  using Counted = std::function<void(const ShedCandidates&)>;
  using Shed = std::function<void(const std::map<TypeIndex, std::uint64_t>&)>;  // entities of each type

  // A step counts so many entities, or passivates so many unless the time is over before.
  static constexpr std::uint32_t counted_at_once = 262'144;
  static constexpr std::uint32_t shed_at_once = 4'096;
  static constexpr std::int64_t step_ns_max = 5'000'000;

  // Both begin with the next step. `shards` outlive the steps.
  void count(std::vector<Shard*> shards, std::uint32_t now_tick, Counted done);
  void shed(std::vector<Shard*> shards, const ShedOrder& order, Shed done);

  // Goes on.
  void step(Turn& turn, std::uint64_t tag, const LaneClock& clock);

 private:
  void count_step();
  void shed_step(Turn& turn, std::uint64_t tag, const LaneClock& clock);
  // Blocks of the shard at hand; none where that was the last shard.
  const IdleSweep* at_hand();
  // Whether the entity has to go.
  bool takes(std::uint32_t idle_ticks);

  std::vector<Shard*> shards_;
  std::size_t next_shard_ = 0;
  std::uint32_t next_block_ = 0;
  ShedOrder order_;
  ShedCandidates candidates_;
  std::map<TypeIndex, std::uint64_t> shed_;
  Counted on_counted_;  // empty: no count is under way
  Shed on_shed_;        // empty: nothing is being passivated
};

}  // namespace shoal::lanes
