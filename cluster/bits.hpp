#pragma once
// Bits: a set of places in the order of the members, as one machine word per 64 of them.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shoal::cluster {

class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t count) : words_((count + 63) / 64) {}
  explicit Bits(std::vector<std::uint64_t> words) : words_(std::move(words)) {}

  void set(std::size_t place) { words_[place / 64] |= std::uint64_t{1} << (place % 64); }
  bool test(std::size_t place) const {
    return place / 64 < words_.size() && (words_[place / 64] >> (place % 64) & 1) != 0;
  }

  // Takes the places of `other` in. True where one was new. Requires: sets over the same members.
  bool add(const Bits& other) {
    bool grew = false;
    for (std::size_t i = 0; i < words_.size() && i < other.words_.size(); ++i) {
      grew = grew || (other.words_[i] & ~words_[i]) != 0;
      words_[i] |= other.words_[i];
    }
    return grew;
  }

  bool contains(const Bits& other) const {
    for (std::size_t i = 0; i < other.words_.size(); ++i) {
      if ((other.words_[i] & ~(i < words_.size() ? words_[i] : 0)) != 0) return false;
    }
    return true;
  }

  const std::vector<std::uint64_t>& words() const { return words_; }
  bool empty() const { return words_.empty(); }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace shoal::cluster
