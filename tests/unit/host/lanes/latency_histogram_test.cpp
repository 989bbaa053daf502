// Goal: every duration is in the bucket of the least bound that it does not exceed, and nothing is forgotten.
// Method: durations at, below and behind each bound.
#include "host/lanes/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace shoal::lanes {
namespace {

LatencyHistogram::Totals totals_of(const LatencyHistogram& histogram) {
  LatencyHistogram::Totals totals;
  histogram.read(totals);
  return totals;
}

TEST(LatencyHistogram, BoundsAscend) {
  for (std::size_t i = 1; i < LatencyHistogram::bounds_ns.size(); ++i) {
    EXPECT_LT(LatencyHistogram::bounds_ns[i - 1], LatencyHistogram::bounds_ns[i]);
  }
}

TEST(LatencyHistogram, ABoundBelongsToItsBucket) {
  for (std::size_t i = 0; i < LatencyHistogram::bounds_ns.size(); ++i) {
    LatencyHistogram histogram;
    histogram.add(LatencyHistogram::bounds_ns[i], 2);
    histogram.add(LatencyHistogram::bounds_ns[i] + 1, 3);
    const auto totals = totals_of(histogram);
    EXPECT_EQ(totals.counts[i], 2U);
    EXPECT_EQ(totals.counts[i + 1], 3U);
    EXPECT_EQ(totals.sum_ns, 5 * LatencyHistogram::bounds_ns[i] + 3);
  }
}

TEST(LatencyHistogram, ReadingAddsUpAndForgetsNothing) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.add(0, 1);
  other.add(1'000, 4);
  LatencyHistogram::Totals totals;
  one.read(totals);
  other.read(totals);
  EXPECT_EQ(totals.counts[0], 5U);
  EXPECT_EQ(totals.sum_ns, 4'000U);
  one.add(60'000'000'000, 7);
  EXPECT_EQ(totals_of(one).counts.back(), 7U);
  const auto all = totals_of(one);
  EXPECT_EQ(std::accumulate(all.counts.begin(), all.counts.end(), std::uint64_t{0}), 8U);
}

}  // namespace
}  // namespace shoal::lanes
