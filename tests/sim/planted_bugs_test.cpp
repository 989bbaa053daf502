// Goal: the oracles and scenarios see mistakes. Method: each planted bug, over the seeds that every run uses,
// must be caught by at least one scenario; what caught it is printed.

#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/scenarios.hpp"

namespace shoal::sim {
namespace {

class PlantedBugTest : public testing::TestWithParam<Bug> {};

TEST_P(PlantedBugTest, IsCaught) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const Scenario& scenario : all_scenarios()) {
      const std::vector<std::string> breaches = scenario.run(seed, GetParam()).breaches;
      if (breaches.empty()) continue;
      std::cout << "caught by " << scenario.name << ", seed " << seed << ", " << breaches.front() << "\n";
      return;
    }
  }
  FAIL() << name_of(GetParam()) << " was not caught";
}

std::vector<Bug> bugs_of_the_protocol() {
  // Chance without a seed breaks nothing but the replay, whose test sees it.
  std::vector<Bug> bugs(all_bugs.begin(), all_bugs.end());
  std::erase(bugs, Bug::unseeded_chance);
  return bugs;
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBugTest, testing::ValuesIn(bugs_of_the_protocol()),
                         [](const auto& each) { return std::string(name_of(each.param)); });

}  // namespace
}  // namespace shoal::sim
