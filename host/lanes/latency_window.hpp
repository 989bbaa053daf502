#pragma once
// LatencyWindow: the distribution of recent durations, written by one lane and read by any thread.
//
// Buckets grow by powers of two with eight steps each, so a quantile is at most 12.5 % too high. Two windows
// take turns; readers see the current and the last one. All counters are relaxed atomics: a reader may see a
// sum that is a few records behind.

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace shoal::lanes {

class LatencyWindow {
 public:
  static constexpr std::size_t kBuckets = 8 * 40;
  using Counts = std::array<std::uint64_t, kBuckets>;

  // `count` records took `duration_ns`. [lane]
  void add(std::uint64_t duration_ns, std::uint64_t count) {
    std::atomic<std::uint64_t>& bucket =
        windows_[current_.load(std::memory_order_relaxed)][bucket_of(duration_ns)];
    bucket.store(bucket.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }

  // Starts a new window; the one before last is forgotten. [lane]
  void rotate() {
    const std::uint32_t next = 1 - current_.load(std::memory_order_relaxed);
    for (auto& bucket : windows_[next]) bucket.store(0, std::memory_order_relaxed);
    current_.store(next, std::memory_order_relaxed);
  }

  // Adds both windows to `counts`. [any-thread]
  void read(Counts& counts) const {
    for (const auto& window : windows_) {
      for (std::size_t i = 0; i < kBuckets; ++i) counts[i] += window[i].load(std::memory_order_relaxed);
    }
  }

  // The duration below which the fraction `quantile` of the counts lie, in µs; 0 without counts.
  static double quantile_us(const Counts& counts, double quantile);

 private:
  static std::size_t bucket_of(std::uint64_t duration_ns) {
    if (duration_ns < 8) return static_cast<std::size_t>(duration_ns);
    const auto width = static_cast<std::size_t>(std::bit_width(duration_ns));  // at least 4
    const std::size_t step = (duration_ns >> (width - 4)) & 7;
    return std::min((width - 3) * 8 + step, kBuckets - 1);
  }

  std::array<std::array<std::atomic<std::uint64_t>, kBuckets>, 2> windows_{};
  std::atomic<std::uint32_t> current_{0};
};

inline double LatencyWindow::quantile_us(const Counts& counts, double quantile) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(quantile * static_cast<double>(total - 1));
  std::uint64_t seen = 0;
  std::size_t i = 0;
  while (i + 1 < kBuckets && seen + counts[i] <= rank) seen += counts[i++];
  if (i < 8) return static_cast<double>(i + 1) / 1000;
  // The bucket's upper edge: (8 + step + 1) · 2^(width - 4) ns.
  const std::size_t width = i / 8 + 3;
  return static_cast<double>(8 + i % 8 + 1) * static_cast<double>(std::uint64_t{1} << (width - 4)) / 1000;
}

}  // namespace shoal::lanes
