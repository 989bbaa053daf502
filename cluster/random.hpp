#pragma once
// Random: chance that comes in as an argument. One seed gives one sequence, on every machine.
//
// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators"): 64 bits of state, enough
// to choose whom to ask next. Never for keys or uids: those are the host's to draw.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shoal::cluster {

// Spreads the bits of a number over all 64.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    const std::uint64_t drawn = mix(state_);
    state_ += 0x9e3779b97f4a7c15U;
    return drawn;
  }

  // In [0, bound). Requires: 0 < bound < 2^32, so that what the remainder favours cannot be seen.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  // In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  template <class Item>
  void shuffle(std::vector<Item>& items) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace shoal::cluster
