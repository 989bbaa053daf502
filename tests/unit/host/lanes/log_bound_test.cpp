// Goal: between two ticks a few lines are written, and the rest is told as one number, each exactly once.
// Method: more lines than the bound, and fewer, and none.

#include "host/lanes/log_bound.hpp"

#include <gtest/gtest.h>

namespace shoal::lanes {
namespace {

std::uint64_t written_of(LogBound& bound, std::uint64_t lines) {
  std::uint64_t written = 0;
  for (std::uint64_t i = 0; i < lines; ++i) written += bound.admits() ? 1 : 0;
  return written;
}

TEST(LogBoundTest, WhatIsBeyondIsToldAtTheTickAndOnce) {
  LogBound bound;
  EXPECT_EQ(written_of(bound, 12), LogBound::lines_max);
  EXPECT_EQ(bound.take_rest(), 12 - LogBound::lines_max);
  EXPECT_EQ(bound.take_rest(), 0U);
  EXPECT_EQ(written_of(bound, LogBound::lines_max), LogBound::lines_max);
  EXPECT_EQ(bound.take_rest(), 0U);
  EXPECT_EQ(written_of(bound, 2), 2U);
  EXPECT_EQ(bound.take_rest(), 0U);
  EXPECT_EQ(written_of(bound, LogBound::lines_max + 1), LogBound::lines_max);
}

}  // namespace
}  // namespace shoal::lanes
