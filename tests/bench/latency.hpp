#pragma once
// The time of a record's way: its producer writes the steady clock's nanoseconds into the first eight bytes
// of the value, whoever ends the way adds the difference. All on one machine, so that the clock is one.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>

namespace shoal::bench {

inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t written_ns(const void* value) {
  std::int64_t at = 0;
  std::memcpy(&at, value, sizeof at);
  return at;
}

// Counts of latencies in classes 3 % wide. Any thread adds and reads.
class Latencies {
 public:
  void add(std::int64_t ns) {
    counts_[class_of(static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)))].fetch_add(
        1, std::memory_order_relaxed);
  }

  void reset() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }

  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
    return sum;
  }

  // The upper end of the class that has the share's last one, 0 < share <= 1.
  double us(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total()));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      sum += counts_[i].load(std::memory_order_relaxed);
      if (sum >= wanted && sum > 0) return static_cast<double>(end_of(i)) / 1e3;
    }
    return 0;
  }

 private:
  static constexpr unsigned kSubBits = 5;  // 32 classes to each power of two
  static constexpr std::uint64_t kSubCount = std::uint64_t{1} << kSubBits;

  static std::size_t class_of(std::uint64_t ns) {
    if (ns < kSubCount) return ns;
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - kSubBits - 1;
    return (shift + 1) * kSubCount + (ns >> shift) - kSubCount;
  }
  static std::uint64_t end_of(std::size_t index) {
    if (index < kSubCount) return index + 1;
    const std::size_t shift = index / kSubCount - 1;
    return (index % kSubCount + kSubCount + 1) << shift;
  }

  std::array<std::atomic<std::uint64_t>, (64 - kSubBits + 1) * kSubCount> counts_{};
};

}  // namespace shoal::bench
