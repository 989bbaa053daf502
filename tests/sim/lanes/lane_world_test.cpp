// Goal: whatever becomes of hosts, their disk and their time, what a durable entity has answered for or sent
// is there ever after, nothing else is ever seen, and every record is taken in once. Method: production lanes
// and file logs in one thread; long runs drawn by seed, each of which can be run again.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/lanes/lane_scenarios.hpp"

namespace shoal::sim {
namespace {

TEST(LaneWorld, HoldsOverManySeeds) {
  if (const auto seed = lane_seed_to_trace()) {
    const LaneRun run = run_lanes(*seed, LaneBug::none, &std::cout);
    ASSERT_TRUE(run.breaches.empty()) << run.breaches.front();
    return;
  }
  LaneRun all;
  for (std::uint64_t seed = 1; seed <= lane_seeds_of_a_run(); ++seed) {
    const LaneRun run = run_lanes(seed, LaneBug::none);
    ASSERT_TRUE(run.breaches.empty()) << "seed " << seed << ": " << run.breaches.front();
    all.answers += run.answers;
    all.emits += run.emits;
    all.records += run.records;
    all.hosts += run.hosts;
  }
  std::cout << lane_seeds_of_a_run() << " seeds, " << all.hosts << " hosts, " << all.answers << " answers, "
            << all.emits << " emits, " << all.records << " records\n";
  // That something happened in them.
  EXPECT_GT(all.answers, 30 * lane_seeds_of_a_run());
  EXPECT_GT(all.emits, 5 * lane_seeds_of_a_run());
  EXPECT_GT(all.hosts, 3 * lane_seeds_of_a_run());
}

// Beyond those of every run.
TEST(LaneWorld, HoldsOverSeedsThatOnceFailed) {
  for (const std::uint64_t seed : {2'947ULL, 23'929ULL}) {
    const LaneRun run = run_lanes(seed, LaneBug::none);
    EXPECT_TRUE(run.breaches.empty()) << "seed " << seed << ": " << run.breaches.front();
  }
}

TEST(LaneWorld, ReplaysToTheBit) {
  for (std::uint64_t seed = 1; seed <= lane_seeds_to_replay(); ++seed) {
    const LaneRun once = run_lanes(seed, LaneBug::none);
    EXPECT_EQ(once.hash, run_lanes(seed, LaneBug::none).hash) << "seed " << seed;
    EXPECT_NE(once.hash, run_lanes(seed + 1, LaneBug::none).hash);
  }
}

}  // namespace
}  // namespace shoal::sim
