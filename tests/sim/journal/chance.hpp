#pragma once
// Chance: what a run decides by: numbers of a seed, or one of all sequences of decisions after the other.

#include <cstdint>
#include <random>
#include <vector>

namespace shoal::sim {

class Chance {
 public:
  virtual ~Chance() = default;
  // A number below `end`. Requires: end > 0.
  virtual std::uint64_t below(std::uint64_t end) = 0;
  bool once_in(std::uint64_t times) { return below(times) == 0; }
};

class SeededChance final : public Chance {
 public:
  explicit SeededChance(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t end) override { return random_() % end; }

 private:
  std::mt19937_64 random_;
};

// Goes through all decisions that there are, depth first: each run repeats a beginning and decides anew after
// it, with 0 at first.
class EveryChance final : public Chance {
 public:
  std::uint64_t below(std::uint64_t end) override {
    if (at_ == taken_.size()) taken_.push_back({0, end});
    return taken_[at_++].number;
  }
  // Goes to the next sequence; false: there is none.
  bool next() {
    at_ = 0;
    while (!taken_.empty() && taken_.back().number + 1 == taken_.back().end) taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().number;
    return true;
  }

 private:
  struct Taken {
    std::uint64_t number;
    std::uint64_t end;
  };
  std::vector<Taken> taken_;
  std::size_t at_ = 0;
};

}  // namespace shoal::sim
