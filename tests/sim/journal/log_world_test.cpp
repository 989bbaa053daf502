// Goal: whatever the owners of a shared file log do to each other, and the power to all of them, what counts
// is read by every later owner. Method: long runs drawn by seed, each of which can be run again; short ones
// through every way in which calls of the disk can follow each other, up to a number of switches.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/sim/journal/log_scenarios.hpp"

namespace shoal::sim {
namespace {

TEST(LogWorld, HoldsOverManySeeds) {
  if (const auto seed = seed_to_trace()) {
    const LogRun run = run_seed(*seed, LogBug::none, &std::cout);
    ASSERT_TRUE(run.breaches.empty()) << run.breaches.front();
    return;
  }
  std::uint64_t known = 0;
  std::uint64_t owners = 0;
  for (std::uint64_t seed = 1; seed <= seeds_of_a_run(); ++seed) {
    const LogRun run = run_seed(seed, LogBug::none);
    ASSERT_TRUE(run.breaches.empty()) << "seed " << seed << ": " << run.breaches.front();
    known += run.known;
    owners += run.owners;
  }
  std::cout << seeds_of_a_run() << " seeds, " << owners << " owners, " << known << " texts\n";
  // That something happened in them.
  EXPECT_GT(known, 10 * seeds_of_a_run());
  EXPECT_GT(owners, 2 * seeds_of_a_run());
}

// As long as the plans of seeds are what they were.
TEST(LogWorld, HoldsForSeedsThatFailed) {
  for (const std::uint64_t seed : {36, 160, 2040, 3040, 37224, 58234, 66614}) {
    const LogRun run = run_seed(seed, LogBug::none);
    EXPECT_TRUE(run.breaches.empty()) << "seed " << seed << ": " << run.breaches.front();
  }
}

TEST(LogWorld, ReplaysToTheBit) {
  for (std::uint64_t seed = 1; seed <= seeds_to_replay(); ++seed) {
    const LogRun once = run_seed(seed, LogBug::none);
    EXPECT_EQ(once.hash, run_seed(seed, LogBug::none).hash) << "seed " << seed;
    EXPECT_NE(once.hash, run_seed(seed + 1, LogBug::none).hash);
  }
}

class InterleavingsTest : public testing::TestWithParam<ShortStory> {};

TEST_P(InterleavingsTest, AllHold) {
  const Explored explored = explore(GetParam(), LogBug::none);
  EXPECT_EQ(explored.breach, "");
  std::cout << explored.runs << " interleavings\n";
  EXPECT_GT(explored.runs, fewest_interleavings());
}

INSTANTIATE_TEST_SUITE_P(Every, InterleavingsTest, testing::ValuesIn(short_stories()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace shoal::sim
