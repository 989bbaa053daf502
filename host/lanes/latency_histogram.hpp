#pragma once
// LatencyHistogram: all durations since the start, for whoever takes differences of two readings.
//
// Written by one lane, read by any thread; relaxed atomics, so that a reading may be a few records behind.
// Unlike a LatencyWindow it forgets nothing, and its bounds are round numbers.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shoal::lanes {

class LatencyHistogram {
 public:
  // 1 µs to 10 s in steps of 1, 2.5, 5. A duration over the last bound is in the bucket behind it.
  static constexpr std::array<std::uint64_t, 22> bounds_ns = {
      1'000,       2'500,       5'000,      10'000,     25'000,     50'000,     100'000,    250'000,
      500'000,     1'000'000,   2'500'000,  5'000'000,  10'000'000, 25'000'000, 50'000'000, 100'000'000,
      250'000'000, 500'000'000, 1000000000, 2500000000, 5000000000, 10000000000};

  struct Totals {
    std::array<std::uint64_t, bounds_ns.size() + 1> counts{};  // of each bucket alone
    std::uint64_t sum_ns = 0;
  };

  // `count` records took `duration_ns` each. [lane]
  void add(std::uint64_t duration_ns, std::uint64_t count) {
    const auto bound = std::lower_bound(bounds_ns.begin(), bounds_ns.end(), duration_ns);
    increase(counts_[static_cast<std::size_t>(bound - bounds_ns.begin())], count);
    increase(sum_ns_, duration_ns * count);
  }

  // Adds what was counted to `totals`. [any-thread]
  void read(Totals& totals) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      totals.counts[i] += counts_[i].load(std::memory_order_relaxed);
    }
    totals.sum_ns += sum_ns_.load(std::memory_order_relaxed);
  }

 private:
  static void increase(std::atomic<std::uint64_t>& counter, std::uint64_t more) {
    counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, bounds_ns.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

}  // namespace shoal::lanes
