// Goal: what the journal's world checks would find a log that loses something. Method: every planted bug, in
// seeds and in short stories gone through in every order, until one of them breaches.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/journal/log_scenarios.hpp"

namespace shoal::sim {
namespace {

std::string name_of_param(const testing::TestParamInfo<LogBug>& each) { return name_of(each.param); }

class BugInSeedsTest : public testing::TestWithParam<LogBug> {};

TEST_P(BugInSeedsTest, IsCaught) {
  for (std::uint64_t seed = 1; seed <= seeds_of_a_bug; ++seed) {
    const LogRun run = run_seed(seed, GetParam());
    if (run.breaches.empty()) continue;
    std::cout << "caught by seed " << seed << ": " << run.breaches.front() << "\n";
    return;
  }
  FAIL() << name_of(GetParam()) << " was not caught";
}

INSTANTIATE_TEST_SUITE_P(Planted, BugInSeedsTest, testing::ValuesIn(all_log_bugs), name_of_param);

class BugInInterleavingsTest : public testing::TestWithParam<LogBug> {};

TEST_P(BugInInterleavingsTest, IsCaught) {
  for (const ShortStory& story : short_stories()) {
    const Explored explored = explore(story, GetParam());
    if (explored.breach.empty()) continue;
    std::cout << "caught by " << story.name << ", run " << explored.runs << ": " << explored.breach << "\n";
    return;
  }
  FAIL() << name_of(GetParam()) << " was not caught";
}

// The others take a crash, or more than two owners do in a short story.
INSTANTIATE_TEST_SUITE_P(Planted, BugInInterleavingsTest,
                         testing::Values(LogBug::answers_without_rule, LogBug::looks_before_writing,
                                         LogBug::reads_before_claiming, LogBug::two_claims_in_one_epoch,
                                         LogBug::second_batch_first),
                         name_of_param);

}  // namespace
}  // namespace shoal::sim
