#pragma once
// IdleCensus: how many entities have been idle for how long, in classes of time; and which of them go when a
// number of them has to leave memory, the longest idle first.
//
// Pure data. A class spans a quarter of a power of two of ticks, so that it is at most a quarter wide: among
// the entities of one class the order is not kept. Ticks are those of IdleSweep.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal::lanes {

class IdleCensus {
 public:
  static constexpr std::size_t class_count = 124;

  // Ascending with the ticks.
  static constexpr std::size_t class_of(std::uint32_t ticks) {
    if (ticks < 4) return ticks;
    const auto log2 = static_cast<std::uint32_t>(std::bit_width(ticks)) - 1;
    return log2 * 4 - 4 + ((ticks >> (log2 - 2)) & 3);
  }
  // The least ticks of a class.
  static constexpr std::uint32_t ticks_of(std::size_t number) {
    if (number < 4) return static_cast<std::uint32_t>(number);
    const auto log2 = static_cast<std::uint32_t>(number / 4 + 1);
    return (4 + static_cast<std::uint32_t>(number % 4)) << (log2 - 2);
  }

  void add(std::uint32_t ticks) { ++counts_[class_of(ticks)]; }
  std::uint64_t in_class(std::size_t number) const { return counts_[number]; }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }

 private:
  std::array<std::uint64_t, class_count> counts_{};
};

// What one lane has to do: who has been idle for `all_from_ticks` goes, and `some_max` of those who have been
// so for `some_from_ticks`.
struct ShedOrder {
  std::uint32_t now_tick = 0;  // idle times count up to here
  std::uint32_t all_from_ticks = UINT32_MAX;
  std::uint32_t some_from_ticks = UINT32_MAX;
  std::uint64_t some_max = 0;
};

// The orders to lanes of these censuses, after which `wanted` entities will have gone, or all where there are
// fewer.
inline std::vector<ShedOrder> divide_shedding(std::span<const IdleCensus> lanes, std::uint64_t wanted,
                                              std::uint32_t now_tick) {
  std::uint64_t total = 0;
  for (const IdleCensus& lane : lanes) total += lane.total();
  wanted = std::min(wanted, total);
  std::size_t number = IdleCensus::class_count;
  std::uint64_t older = 0;  // entities than those of the class
  std::uint64_t in_class = 0;
  while (number > 0 && older + in_class < wanted) {
    older += in_class;
    in_class = 0;
    --number;
    for (const IdleCensus& lane : lanes) in_class += lane.in_class(number);
  }
  std::vector<ShedOrder> orders(lanes.size(), ShedOrder{now_tick});
  if (in_class == 0) return orders;
  // The lanes' parts of the class: rounded where they add up, so that they add up to what is wanted.
  const double share = static_cast<double>(wanted - older) / static_cast<double>(in_class);
  std::uint64_t lanes_before = 0;
  std::uint64_t ordered_before = 0;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    orders[i].some_from_ticks = IdleCensus::ticks_of(number);
    if (number + 1 < IdleCensus::class_count) orders[i].all_from_ticks = IdleCensus::ticks_of(number + 1);
    lanes_before += lanes[i].in_class(number);
    const auto ordered = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(lanes_before)));
    orders[i].some_max = ordered - ordered_before;
    ordered_before = ordered;
  }
  return orders;
}

}  // namespace shoal::lanes
