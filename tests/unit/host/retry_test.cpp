// Goal: what fails again and again is tried after pauses that grow to a bound, each a little shorter by
// chance, and a new run begins with the shortest. Method: a clock moved by hand, and chance at both of its
// ends.

#include "host/retry.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;
using Pauses = std::vector<std::chrono::milliseconds>;

constexpr lanes::Backoff kBackoff{500, 5'000};

class RetryTest : public testing::Test {
 protected:
  // Fails as soon as it is tried, so many times; the pauses after it.
  Pauses fail(int times, std::uint64_t random) {
    Pauses pauses;
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(retry_.is_due(now_));
      retry_.failed(now_, random);
      EXPECT_FALSE(retry_.is_due(retry_.due() - 1ns));
      EXPECT_TRUE(retry_.is_due(retry_.due()));
      pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(retry_.due() - now_));
      now_ = retry_.due();
    }
    return pauses;
  }

  Retry::Clock::time_point now_{1'000s};
  Retry retry_{kBackoff};
};

TEST_F(RetryTest, PausesGrowToTheBound) {
  EXPECT_EQ(fail(7, 0), (Pauses{500ms, 1'000ms, 2'000ms, 4'000ms, 5'000ms, 5'000ms, 5'000ms}));
}

TEST_F(RetryTest, ChanceTakesAFifthAtMost) {
  // The largest remainder of each of the first three.
  EXPECT_EQ(fail(1, 100), Pauses{400ms});
  EXPECT_EQ(fail(1, 200), Pauses{800ms});
  EXPECT_EQ(fail(1, 400), Pauses{1'600ms});
  std::mt19937_64 random(7);
  fail(2, 0);
  bool differs = false;
  for (int i = 0; i < 1'000; ++i) {
    const auto pause = fail(1, random()).front();
    EXPECT_GE(pause, 4'000ms);
    EXPECT_LE(pause, 5'000ms);
    differs = differs || pause < 4'500ms;
  }
  EXPECT_TRUE(differs);
}

TEST_F(RetryTest, SuccessBeginsAnotherRun) {
  fail(5, 0);
  retry_.succeeded();
  EXPECT_EQ(fail(2, 0), (Pauses{500ms, 1'000ms}));
}

TEST_F(RetryTest, WhoIsHurriedIsTriedAtOnceAndGoesOnGrowing) {
  fail(2, 0);
  retry_.failed(now_, 0);
  EXPECT_FALSE(retry_.is_due(now_));
  retry_.hurry();
  EXPECT_EQ(fail(1, 0), Pauses{4'000ms});
}

}  // namespace
}  // namespace shoal::host
