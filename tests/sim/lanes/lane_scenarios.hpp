#pragma once
// What the world of lanes is run with: the plan of a seed.

#include <cstdint>
#include <optional>
#include <ostream>

#include "tests/sim/lanes/lane_world.hpp"

namespace shoal::sim {

inline constexpr std::uint64_t lane_seeds_of_a_bug = 4'000;

// 1,000; 100,000 with SHOAL_TEST_LONG=1; 20 under a sanitizer.
std::uint64_t lane_seeds_of_a_run();
std::uint64_t lane_seeds_to_replay();

// The types of the module "diary", loaded once.
const LaneTypes& diary_types();
// `trace` gets what happens.
LaneRun run_lanes(std::uint64_t seed, LaneBug bug, std::ostream* trace = nullptr);
// SHOAL_SIM_SEED, which is run alone and traced.
std::optional<std::uint64_t> lane_seed_to_trace();

}  // namespace shoal::sim
