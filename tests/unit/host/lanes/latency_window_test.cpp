// Goal: quantiles are right within a bucket's width, and old durations are forgotten. Method: known
// durations.

#include "host/lanes/latency_window.hpp"

#include <gtest/gtest.h>

namespace shoal::lanes {
namespace {

double quantile_us(const LatencyWindow& window, double quantile) {
  LatencyWindow::Counts counts{};
  window.read(counts);
  return LatencyWindow::quantile_us(counts, quantile);
}

TEST(LatencyWindowTest, NothingIsZero) { EXPECT_EQ(quantile_us(LatencyWindow{}, 0.99), 0); }

TEST(LatencyWindowTest, QuantilesAreAtMostAnEighthTooHigh) {
  for (std::uint64_t ns = 1; ns < 100'000'000'000; ns = ns * 5 / 4 + 1) {
    LatencyWindow window;
    window.add(ns, 1);
    const double exact = static_cast<double>(ns) / 1000;
    EXPECT_GE(quantile_us(window, 0.5), exact) << ns;
    EXPECT_LE(quantile_us(window, 0.5), exact * 1.125 + 0.001) << ns;
  }
}

TEST(LatencyWindowTest, CountsWeigh) {
  LatencyWindow window;
  window.add(1'000, 98);
  window.add(1'000'000, 2);
  EXPECT_LT(quantile_us(window, 0.5), 1.2);
  EXPECT_GT(quantile_us(window, 0.99), 990);
}

TEST(LatencyWindowTest, TheWindowBeforeLastIsForgotten) {
  LatencyWindow window;
  window.add(1'000'000, 1);
  window.rotate();
  EXPECT_GT(quantile_us(window, 0.5), 990);
  window.rotate();
  EXPECT_EQ(quantile_us(window, 0.5), 0);
}

}  // namespace
}  // namespace shoal::lanes
