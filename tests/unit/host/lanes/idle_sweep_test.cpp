// Goal: every idle entity is found between one time-out and one and a half after its last message, none too
// early, at a bounded cost a call. Method: hand-made cases of pace, bound and wrapping, then random runs by
// seed against a model that knows the last message of every block in wide numbers.

#include "host/lanes/idle_sweep.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kAll = UINT32_MAX;

std::vector<std::uint32_t> swept(IdleSweep& sweep, std::uint32_t now_tick, std::uint32_t blocks_max = kAll) {
  std::vector<std::uint32_t> blocks;
  sweep.sweep(now_tick, blocks_max, [&](std::uint32_t block) { blocks.push_back(block); });
  return blocks;
}

TEST(IdleSweepTest, AnEmptyTableCostsNothing) {
  IdleSweep sweep(10, 100);
  EXPECT_EQ(sweep.sweep(1'000, kAll, [](std::uint32_t) { FAIL(); }), 0U);
}

TEST(IdleSweepTest, FindsThoseWithoutAMessageForTheTimeout) {
  IdleSweep sweep(10, 100);
  for (std::uint32_t block = 0; block < 4; ++block) sweep.added(block, 100);
  sweep.touched(1, 105);
  sweep.removed(2);
  EXPECT_TRUE(swept(sweep, 109).empty());
  EXPECT_EQ(swept(sweep, 114), (std::vector<std::uint32_t>{0, 3}));
  // Left as they are, they come again.
  EXPECT_EQ(swept(sweep, 119), (std::vector<std::uint32_t>{0, 1, 3}));
}

TEST(IdleSweepTest, SeesTheTableOncePerHalfTimeoutInEqualParts) {
  IdleSweep sweep(100, 0);
  for (std::uint32_t block = 0; block < 1'000; ++block) sweep.added(block, 0);
  for (std::uint32_t tick = 1; tick <= 50; ++tick) {
    EXPECT_EQ(sweep.sweep(tick, kAll, [](std::uint32_t) {}), 20U);
  }
  // After a pause of the whole lane it is one round at most.
  EXPECT_EQ(sweep.sweep(90'000, kAll, [](std::uint32_t) {}), 1'000U);
}

TEST(IdleSweepTest, WhatABoundLeavesUndoneIsCaughtUpWith) {
  IdleSweep sweep(100, 0);
  for (std::uint32_t block = 0; block < 1'000; ++block) sweep.added(block, 0);
  EXPECT_EQ(sweep.sweep(50, 300, [](std::uint32_t) {}), 300U);
  EXPECT_EQ(sweep.sweep(50, 300, [](std::uint32_t) {}), 300U);
  EXPECT_EQ(sweep.sweep(51, 300, [](std::uint32_t) {}), 300U);
  EXPECT_EQ(sweep.sweep(51, 300, [](std::uint32_t) {}), 120U);
  EXPECT_EQ(sweep.sweep(51, 300, [](std::uint32_t) {}), 0U);
}

TEST(IdleSweepTest, AStampLaterThanTheSweepIsNotIdle) {
  IdleSweep sweep(10, 100);
  sweep.added(0, 200);
  EXPECT_TRUE(swept(sweep, 199).empty());
}

TEST(IdleSweepTest, TicksAreTenthsOfASecond) {
  EXPECT_EQ(IdleSweep::tick_of(0), 0U);
  EXPECT_EQ(IdleSweep::tick_of(99'999'999), 0U);
  EXPECT_EQ(IdleSweep::tick_of(12'300'000'000), 123U);
}

TEST(IdleSweepDeathTest, RefusesATimeoutItCannotTellFromWrapping) {
  EXPECT_DEATH(IdleSweep(0, 0), "assertion failed");
  EXPECT_DEATH(IdleSweep(std::uint32_t{1} << 31, 0), "assertion failed");
}

class IdleSweepRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(IdleSweepRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  const auto timeout = static_cast<std::uint32_t>(random() % 60 + 1);
  constexpr std::uint32_t kBlocks = 500;
  // Half of the runs pass the point where ticks wrap.
  std::uint64_t now = GetParam() % 2 == 0 ? 5 : (std::uint64_t{1} << 32) - 300;
  const auto tick = [&] { return static_cast<std::uint32_t>(now); };
  IdleSweep sweep(timeout, tick());
  std::map<std::uint32_t, std::uint64_t> model;  // block to its last message
  sweep.added(kBlocks - 1, tick());
  model[kBlocks - 1] = now;
  std::uint64_t found = 0;
  for (int step = 0; step < 1'000; ++step) {
    ++now;
    for (std::uint64_t i = random() % 20; i > 0; --i) {
      const auto block = static_cast<std::uint32_t>(random() % kBlocks);
      if (!model.contains(block)) {
        sweep.added(block, tick());
      } else if (random() % 5 == 0) {
        sweep.removed(block);
        model.erase(block);
        continue;
      } else {
        sweep.touched(block, tick());
      }
      model[block] = now;
    }
    sweep.sweep(tick(), kAll, [&](std::uint32_t block) {
      ++found;
      ASSERT_TRUE(model.contains(block));
      ASSERT_GE(now - model[block], timeout);
      sweep.removed(block);
      model.erase(block);
    });
    // One tick for the fraction of a block, and one for a stamp whose tick reads as absent.
    for (const auto& [block, last] : model) ASSERT_LE(now - last, timeout + (timeout + 1) / 2 + 2) << block;
  }
  EXPECT_GT(found, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IdleSweepRandomTest, testing::Range<std::uint64_t>(0, 12));

}  // namespace
}  // namespace shoal::lanes
