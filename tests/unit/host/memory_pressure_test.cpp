// Goal: entities leave from one share of the memory on until less than another, and no more than it takes.
// Method: looks at figures given by hand.
#include "host/memory_pressure.hpp"

#include <gtest/gtest.h>

namespace shoal::host {
namespace {

using Change = MemoryPressure::Change;

TEST(MemoryPressure, BeginsAtOneShareAndEndsBelowTheOther) {
  MemoryPressure pressure({1'000, 80, 75});
  EXPECT_EQ(pressure.look(799), Change::none);
  EXPECT_FALSE(pressure.may_be_high(799));
  EXPECT_TRUE(pressure.may_be_high(800));
  EXPECT_EQ(pressure.look(800), Change::begins);
  EXPECT_EQ(pressure.look(900), Change::none);
  EXPECT_EQ(pressure.look(750), Change::none);
  EXPECT_TRUE(pressure.is_high());
  EXPECT_TRUE(pressure.may_be_high(1));
  EXPECT_EQ(pressure.look(749), Change::ends);
  EXPECT_EQ(pressure.look(799), Change::none);
  EXPECT_FALSE(pressure.is_high());
}

TEST(MemoryPressure, AsManyGoAsWouldReachTheTargetIfAllMemoryWereTheirs) {
  MemoryPressure pressure({1'000, 80, 75});
  pressure.look(1'000);
  EXPECT_EQ(pressure.to_shed(1'000, 4'000), 1'005U);
  EXPECT_EQ(pressure.to_shed(750, 4'000), 6U);
  EXPECT_EQ(pressure.to_shed(750, 1), 1U);
  EXPECT_EQ(pressure.to_shed(750, 0), 0U);
  EXPECT_EQ(pressure.to_shed(1'000'000, 10), 10U);
}

TEST(MemoryPressure, AtTheTargetOneStillGoesSoThatItEnds) {
  MemoryPressure pressure({1'000, 80, 75});
  pressure.look(800);
  EXPECT_GE(pressure.to_shed(750, 10), 1U);
}

}  // namespace
}  // namespace shoal::host
