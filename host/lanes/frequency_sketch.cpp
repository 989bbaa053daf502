#include "host/lanes/frequency_sketch.hpp"

#include <algorithm>

namespace shoal::lanes {

namespace {

constexpr std::uint64_t kHashesPerLine = 16;
constexpr std::uint64_t kIncrementsPerHash = 10;
constexpr std::uint64_t kCounter = 15;
constexpr std::uint64_t kHalved = 0x7777777777777777U;  // what halving a word may leave of each counter

std::uint64_t spread(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15U;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93U;
  return value ^ (value >> 32);
}

}  // namespace

void FrequencySketch::resize(std::uint32_t expected) {
  lines_.assign((expected + kHashesPerLine - 1) / kHashesPerLine, Line{});
  lines_.shrink_to_fit();
  increments_ = 0;
  increments_max_ = expected * kIncrementsPerHash;
  next_aged_ = lines_.size();
}

FrequencySketch::Place FrequencySketch::place_of(std::uint32_t hash) const {
  const std::uint64_t mixed = spread(hash);
  Place place{((mixed >> 32) * lines_.size()) >> 32, {}, {}};
  for (std::uint32_t row = 0; row < 4; ++row) {
    const auto counter = static_cast<std::uint32_t>(mixed >> (row * 5)) & 31;
    place.word[row] = row * 2 + (counter >> 4);
    place.shift[row] = (counter & 15) * 4;
  }
  return place;
}

void FrequencySketch::increment(std::uint32_t hash) {
  if (lines_.empty()) return;
  if (next_aged_ < lines_.size()) age();
  const Place place = place_of(hash);
  auto& words = lines_[place.line].words;
  for (std::uint32_t row = 0; row < 4; ++row) {
    const std::uint64_t one = std::uint64_t{1} << place.shift[row];
    const std::uint64_t count = (words[place.word[row]] >> place.shift[row]) & kCounter;
    words[place.word[row]] += count < count_max ? one : 0;
  }
  if (++increments_ >= increments_max_) {
    increments_ = 0;
    next_aged_ = 0;
  }
}

std::uint32_t FrequencySketch::estimate(std::uint32_t hash) const {
  if (lines_.empty()) return 0;
  const Place place = place_of(hash);
  const auto& words = lines_[place.line].words;
  std::uint64_t least = count_max;
  for (std::uint32_t row = 0; row < 4; ++row) {
    least = std::min(least, (words[place.word[row]] >> place.shift[row]) & kCounter);
  }
  return static_cast<std::uint32_t>(least);
}

void FrequencySketch::age() {
  for (std::uint64_t& word : lines_[next_aged_].words) word = (word >> 1) & kHalved;
  ++next_aged_;
}

}  // namespace shoal::lanes
