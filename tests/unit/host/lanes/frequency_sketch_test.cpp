// Goal: the sketch never says less than what it was told since it aged, says little more, and forgets by
// halves. Method: random runs by seed against a map of exact counts.

#include "host/lanes/frequency_sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <unordered_map>

namespace shoal::lanes {
namespace {

TEST(FrequencySketchTest, OneWithoutRoomCountsNothing) {
  FrequencySketch sketch;
  EXPECT_TRUE(sketch.is_empty());
  sketch.increment(7);
  EXPECT_EQ(sketch.estimate(7), 0U);
  sketch.resize(100);
  EXPECT_FALSE(sketch.is_empty());
  sketch.resize(0);
  sketch.increment(7);
  EXPECT_EQ(sketch.estimate(7), 0U);
}

TEST(FrequencySketchTest, CountsUpToItsMost) {
  FrequencySketch sketch;
  sketch.resize(1'000);
  for (std::uint32_t i = 1; i <= 100; ++i) {
    sketch.increment(7);
    EXPECT_EQ(sketch.estimate(7), std::min(i, FrequencySketch::count_max));
  }
  sketch.resize(1'000);
  EXPECT_EQ(sketch.estimate(7), 0U);
}

TEST(FrequencySketchTest, AgesByHalves) {
  FrequencySketch sketch;
  sketch.resize(16);  // one line, aged with the first increment after 160
  for (int i = 0; i < 12; ++i) sketch.increment(1);
  for (int i = 0; i < 148; ++i) sketch.increment(2);
  EXPECT_EQ(sketch.estimate(1), 12U);
  EXPECT_EQ(sketch.estimate(2), 15U);
  sketch.increment(1);
  EXPECT_EQ(sketch.estimate(1), 7U);
  EXPECT_EQ(sketch.estimate(2), 7U);
}

TEST(FrequencySketchTest, TakesFourBytesAHash) {
  FrequencySketch sketch;
  sketch.resize(100'000);
  EXPECT_LE(sketch.bytes(), 400'000U);
}

class FrequencySketchRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FrequencySketchRandomTest, NeverSaysLessThanTheModelAndSeldomMore) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  constexpr std::uint32_t kExpected = 2'000;
  FrequencySketch sketch;
  sketch.resize(kExpected);
  std::unordered_map<std::uint32_t, std::uint32_t> model;
  // Fewer than the 20,000 that let it age.
  for (int i = 0; i < 8'000; ++i) {
    const auto hash = static_cast<std::uint32_t>(std::min(random() % kExpected, random() % kExpected));
    sketch.increment(hash);
    ++model[hash];
  }
  std::uint32_t too_high = 0;
  for (const auto& [hash, count] : model) {
    const std::uint32_t capped = std::min(count, FrequencySketch::count_max);
    ASSERT_GE(sketch.estimate(hash), capped);
    if (sketch.estimate(hash) > capped + 1) ++too_high;
  }
  EXPECT_LT(too_high, model.size() / 10);
}

TEST_P(FrequencySketchRandomTest, AfterAgeingItSaysAtLeastTheHalf) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  constexpr std::uint32_t kExpected = 160;
  FrequencySketch sketch;
  sketch.resize(kExpected);
  std::unordered_map<std::uint32_t, std::uint32_t> model;
  for (std::uint32_t i = 0; i < kExpected * 10; ++i) {
    const auto hash = static_cast<std::uint32_t>(random() % kExpected);
    sketch.increment(hash);
    ++model[hash];
  }
  // Ten lines: ten more increments of one hash age them all.
  for (int i = 0; i < 10; ++i) sketch.increment(kExpected + 1);
  for (const auto& [hash, count] : model) {
    const std::uint32_t halved = std::min(count, FrequencySketch::count_max) / 2;
    ASSERT_GE(sketch.estimate(hash), halved);
  }
  std::uint32_t above = 0;  // 7 is what is left of 15; only the ten increments can add to it
  for (const auto& [hash, count] : model) above += sketch.estimate(hash) > 7 ? 1 : 0;
  EXPECT_LT(above, model.size() / 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FrequencySketchRandomTest, testing::Range<std::uint64_t>(0, 10));

}  // namespace
}  // namespace shoal::lanes
