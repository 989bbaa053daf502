// Goal: what the world of lanes checks would find a lane that answers too early, or forgets something.
// Method: every planted bug, seed after seed until one breaches.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/lanes/lane_scenarios.hpp"

namespace shoal::sim {
namespace {

class BugInLanesTest : public testing::TestWithParam<LaneBug> {};

TEST_P(BugInLanesTest, IsCaught) {
  for (std::uint64_t seed = 1; seed <= lane_seeds_of_a_bug; ++seed) {
    const LaneRun run = run_lanes(seed, GetParam());
    if (run.breaches.empty()) continue;
    // What else leaves early in the same batch is another bug's.
    if (GetParam() == LaneBug::tells_before_counting &&
        run.breaches.front().find("which nobody told it") == std::string::npos)
      continue;
    std::cout << "caught by seed " << seed << ": " << run.breaches.front() << "\n";
    return;
  }
  FAIL() << name_of(GetParam()) << " was not caught";
}

INSTANTIATE_TEST_SUITE_P(Planted, BugInLanesTest, testing::ValuesIn(all_lane_bugs),
                         [](const auto& each) { return std::string(name_of(each.param)); });

}  // namespace
}  // namespace shoal::sim
