#pragma once
// FrequencySketch: about how often each of very many hashes was seen of late, in a few bytes each.
//
// A count-min sketch of depth 4 with 4-bit counters (0..15), after Einziger, Friedman and Manes, "TinyLFU: A
// Highly Efficient Cache Admission Policy". The four counters of a hash stand in one cache line: line by one
// part of the hash, and in the line two words a row with 32 counters. It never says less than the true count,
// up to 15, since the last ageing. After 10 increments for each of the `expected` hashes all counters are
// halved, line by line with the increments that follow, so that no call has to walk them all.

#include <array>
#include <cstdint>
#include <vector>

namespace shoal::lanes {

class FrequencySketch {
 public:
  static constexpr std::uint32_t count_max = 15;

  // Sized for `expected` hashes with 4 bytes each; 0 makes a sketch that counts nothing.
  void resize(std::uint32_t expected);

  void increment(std::uint32_t hash);
  std::uint32_t estimate(std::uint32_t hash) const;

  bool is_empty() const { return lines_.empty(); }
  std::uint64_t bytes() const { return lines_.size() * sizeof(Line); }

 private:
  struct alignas(64) Line {
    std::array<std::uint64_t, 8> words{};
  };
  // Where the four counters of a hash are: word and shift in the line for each row.
  struct Place {
    std::uint64_t line;
    std::array<std::uint32_t, 4> word;
    std::array<std::uint32_t, 4> shift;
  };

  Place place_of(std::uint32_t hash) const;
  void age();

  std::vector<Line> lines_;
  std::uint64_t increments_ = 0;      // since the last ageing began
  std::uint64_t increments_max_ = 0;  // that begin the next
  std::uint64_t next_aged_ = 0;       // line; lines_.size() where no ageing is under way
};

}  // namespace shoal::lanes
