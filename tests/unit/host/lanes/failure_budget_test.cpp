// Goal: an entity that fails is stopped, restarted later and later, or parked exactly as its type's policy
// says, and bounds hold. Method: hand-made cases of each rule and bound, then random runs by seed against a
// model that keeps every failure for ever.

#include "host/lanes/failure_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace shoal::lanes {
namespace {

constexpr FailurePolicy kRestart{.on_failure = OnFailure::restart,
                                 .backoff_min_ms = 100,
                                 .backoff_max_ms = 1'000,
                                 .failures_max = 0,
                                 .failure_window_ms = 10'000};

std::vector<std::string> parked_ids(const FailureBudget& budget, std::string_view after, std::size_t limit) {
  std::vector<std::string> ids;
  budget.list_parked(after, [&](std::string_view id, const FailureBudget::Parked&) {
    ids.emplace_back(id);
    return ids.size() < limit;
  });
  return ids;
}

TEST(FailureBudgetTest, StopIsAlwaysStopWithoutABudget) {
  FailureBudget budget({.on_failure = OnFailure::stop});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(budget.failed("a", "", i, 0).what, OnFailure::stop);
  EXPECT_EQ(budget.parked(), 0U);
}

TEST(FailureBudgetTest, RestartsDoubleTheirPauseUpToTheMost) {
  FailureBudget budget(kRestart);
  std::int64_t now = 0;
  for (const std::int64_t pause : {100, 200, 400, 800, 1'000, 1'000}) {
    const auto answer = budget.failed("a", "", now, 0);
    EXPECT_EQ(answer.what, OnFailure::restart);
    EXPECT_EQ(answer.restart_ms, now + pause);
    now = answer.restart_ms;
  }
  EXPECT_EQ(budget.failed("b", "", now, 0).restart_ms, now + 100);
}

TEST(FailureBudgetTest, ChanceShortensAPauseByUpToAFifth) {
  std::set<std::int64_t> pauses;
  for (std::uint64_t random = 0; random < 1'000; ++random) {
    FailureBudget budget(kRestart);
    pauses.insert(budget.failed("a", "", 0, random * 0x9e3779b97f4a7c15U).restart_ms);
  }
  EXPECT_EQ(pauses.size(), 21U);
  EXPECT_EQ(*pauses.begin(), 80);
  EXPECT_EQ(*pauses.rbegin(), 100);
}

TEST(FailureBudgetTest, AWindowOfSuccessAfterTheRestartForgets) {
  FailureBudget budget(kRestart);
  EXPECT_EQ(budget.failed("a", "", 0, 0).restart_ms, 100);
  EXPECT_EQ(budget.failed("a", "", 10'099, 0).restart_ms, 10'299);
  EXPECT_EQ(budget.failed("a", "", 20'299, 0).restart_ms, 20'399);
  budget.expire(30'398, 10);
  EXPECT_EQ(budget.failing(), 1U);
  budget.expire(30'399, 10);
  EXPECT_EQ(budget.failing(), 0U);
}

TEST(FailureBudgetTest, PauseOfAnyLengthDoesNotOverflow) {
  FailureBudget budget({.on_failure = OnFailure::restart,
                        .backoff_min_ms = 1,
                        .backoff_max_ms = INT64_MAX / 4,
                        .failure_window_ms = INT64_MAX / 4});
  std::int64_t pause = 0;
  for (int i = 0; i < 100; ++i) pause = budget.failed("a", "", 0, 0).restart_ms;
  EXPECT_EQ(pause, INT64_MAX / 4);
}

TEST(FailureBudgetTest, TooManyFailuresInTheWindowPark) {
  FailureBudget budget({.on_failure = OnFailure::stop, .failures_max = 3, .failure_window_ms = 1'000});
  EXPECT_EQ(budget.failed("a", "one", 0, 0).what, OnFailure::stop);
  EXPECT_EQ(budget.failed("a", "two", 500, 0).what, OnFailure::stop);
  EXPECT_EQ(budget.failed("a", "three", 1'000, 0).what, OnFailure::stop);  // the first is out of the window
  EXPECT_FALSE(budget.is_parked("a"));
  EXPECT_EQ(budget.failed("a", "four", 1'499, 0).what, OnFailure::park);
  EXPECT_TRUE(budget.is_parked("a"));
  EXPECT_FALSE(budget.is_parked("b"));
  EXPECT_EQ(budget.find_parked("a")->since_ms, 1'499);
  EXPECT_EQ(budget.find_parked("a")->failures, 3U);
  EXPECT_EQ(budget.find_parked("a")->reason, "four");
  EXPECT_EQ(budget.failing(), 0U);
}

TEST(FailureBudgetTest, APolicyThatParksDoesSoAtOnce) {
  FailureBudget budget({.on_failure = OnFailure::park});
  EXPECT_EQ(budget.failed("a", "", 0, 0).what, OnFailure::park);
  EXPECT_EQ(budget.find_parked("a")->failures, 1U);
}

TEST(FailureBudgetTest, ResetTakesTheParkedOneOutWithAnEmptyBudget) {
  FailureBudget budget({.on_failure = OnFailure::restart, .failures_max = 2});
  EXPECT_FALSE(budget.reset("a"));
  budget.failed("a", "", 0, 0);
  EXPECT_FALSE(budget.reset("a"));
  EXPECT_EQ(budget.failed("a", "", 1, 0).what, OnFailure::park);
  EXPECT_TRUE(budget.reset("a"));
  EXPECT_FALSE(budget.is_parked("a"));
  EXPECT_EQ(budget.failed("a", "", 2, 0).restart_ms, 202);
}

TEST(FailureBudgetTest, ParkedOnesAreListedByIdPageByPage) {
  FailureBudget budget({.on_failure = OnFailure::park});
  for (const char* id : {"d", "b", "a", "c"}) budget.failed(id, "", 0, 0);
  EXPECT_EQ(parked_ids(budget, "", 3), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(parked_ids(budget, "c", 3), (std::vector<std::string>{"d"}));
}

TEST(FailureBudgetTest, FullOfParkedOnesItStopsOrRestartsLateAndCounts) {
  FailureBudget parks({.on_failure = OnFailure::park, .parked_max = 1});
  parks.failed("a", "", 0, 0);
  EXPECT_EQ(parks.failed("b", "", 0, 0).what, OnFailure::stop);
  EXPECT_EQ(parks.parks_refused(), 1U);
  EXPECT_TRUE(parks.is_parked("a"));
  EXPECT_TRUE(parks.reset("a"));
  EXPECT_EQ(parks.failed("b", "", 0, 0).what, OnFailure::park);

  FailureBudget restarts({.on_failure = OnFailure::restart, .failures_max = 1, .parked_max = 1});
  restarts.failed("a", "", 0, 0);
  const auto answer = restarts.failed("b", "", 5, 0);
  EXPECT_EQ(answer.what, OnFailure::restart);
  EXPECT_EQ(answer.restart_ms, 30'005);
  EXPECT_EQ(restarts.parks_refused(), 1U);
}

TEST(FailureBudgetTest, TheEntityThatHasNotFailedForLongestIsForgotten) {
  FailureBudget budget({.on_failure = OnFailure::stop, .failures_max = 3, .entities_max = 2});
  budget.failed("a", "", 0, 0);
  budget.failed("b", "", 1, 0);
  budget.failed("a", "", 2, 0);
  budget.failed("c", "", 3, 0);  // b goes
  EXPECT_EQ(budget.forgotten(), 1U);
  EXPECT_EQ(budget.failing(), 2U);
  EXPECT_EQ(budget.failed("a", "", 4, 0).what, OnFailure::park);
  budget.failed("b", "", 5, 0);
  EXPECT_EQ(budget.failed("b", "", 6, 0).what, OnFailure::stop);
}

TEST(FailureBudgetTest, ALongReasonIsCutAtACharactersEnd) {
  FailureBudget budget({.on_failure = OnFailure::park});
  budget.failed("a", std::string(parked_reason_bytes_max - 1, 'x') + "\xc3\xa9", 0, 0);
  EXPECT_EQ(budget.find_parked("a")->reason, std::string(parked_reason_bytes_max - 1, 'x'));
  budget.failed("b", std::string(parked_reason_bytes_max, 'x') + "y", 0, 0);
  EXPECT_EQ(budget.find_parked("b")->reason, std::string(parked_reason_bytes_max, 'x'));
}

TEST(FailureBudgetDeathTest, AParkedEntityRunsNoTurns) {
  FailureBudget budget({.on_failure = OnFailure::park});
  budget.failed("a", "", 0, 0);
  EXPECT_DEATH(budget.failed("a", "", 0, 0), "assertion failed");
}

// Keeps all failures, and counts and adds them up anew each time.
struct BudgetModel {
  struct Entity {
    std::vector<std::int64_t> failed_ms;
    std::vector<std::int64_t> alive_from_ms;  // after each failure
    bool is_parked = false;
  };

  std::uint32_t in_window(const Entity& entity, std::int64_t now_ms) const {
    return static_cast<std::uint32_t>(
        std::count_if(entity.failed_ms.begin(), entity.failed_ms.end(),
                      [&](std::int64_t time) { return now_ms - time < policy.failure_window_ms; }));
  }

  // The last failure is the one asked about.
  std::uint32_t run(const Entity& entity) const {
    std::uint32_t count = 1;
    for (std::size_t i = entity.failed_ms.size() - 1; i > 0; --i, ++count) {
      if (entity.failed_ms[i] - entity.alive_from_ms[i - 1] >= policy.failure_window_ms) break;
    }
    return count;
  }

  FailureBudget::Answer failed(const std::string& id, std::int64_t now_ms) {
    Entity& entity = entities[id];
    entity.failed_ms.push_back(now_ms);
    if (policy.failures_max > 0 && in_window(entity, now_ms) >= policy.failures_max) {
      entity = {};
      entity.is_parked = true;
      return {OnFailure::park, 0};
    }
    const std::uint32_t doublings = std::min(run(entity) - 1, 20U);
    const std::int64_t due =
        now_ms + std::min(policy.backoff_max_ms, policy.backoff_min_ms * (std::int64_t{1} << doublings));
    entity.alive_from_ms.push_back(due);
    return {OnFailure::restart, due};
  }

  FailurePolicy policy;
  std::map<std::string, Entity> entities;
};

class FailureBudgetRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FailureBudgetRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  const FailurePolicy policy{.on_failure = OnFailure::restart,
                             .backoff_min_ms = 10,
                             .backoff_max_ms = 200,
                             .failures_max = static_cast<std::uint32_t>(GetParam() % 4) * 2,
                             .failure_window_ms = 300};
  FailureBudget budget(policy);
  BudgetModel model{policy, {}};
  std::int64_t now = 0;
  for (int step = 0; step < 5'000; ++step) {
    now += static_cast<std::int64_t>(random() % 40);
    const std::string id(1, static_cast<char>('a' + random() % 10));
    ASSERT_EQ(budget.is_parked(id), model.entities[id].is_parked);
    if (model.entities[id].is_parked) {
      if (random() % 3 != 0) continue;
      ASSERT_TRUE(budget.reset(id));
      model.entities[id] = {};
      continue;
    }
    const auto answer = budget.failed(id, "why", now, 0);
    const auto expected = model.failed(id, now);
    ASSERT_EQ(answer.what, expected.what);
    ASSERT_EQ(answer.restart_ms, expected.restart_ms);
    if (random() % 20 == 0) budget.expire(now, static_cast<std::uint32_t>(random() % 5));
  }
  for (const auto& [id, entity] : model.entities) ASSERT_EQ(budget.is_parked(id), entity.is_parked);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FailureBudgetRandomTest, testing::Range<std::uint64_t>(0, 12));

}  // namespace
}  // namespace shoal::lanes
