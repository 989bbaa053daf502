#pragma once
// MemoryPressure: whether entities have to leave memory, and how many. Pure.
//
// From `shed_percent` of the limit on until less than `target_percent` of it are used, each look says how
// many of the entities that may leave shall do so: the part that would bring the memory to the target if all
// of it were theirs. It is not, so that this is too few rather than too many, and the next look says how many
// more.

#include <cstdint>

namespace shoal::host {

class MemoryPressure {
 public:
  struct Options {
    std::uint64_t limit_bytes = 0;
    std::uint32_t shed_percent = 0;  // 0: never
    std::uint32_t target_percent = 0;
  };
  enum class Change { none, begins, ends };

  explicit MemoryPressure(const Options& options) : options_(options) {}

  Change look(std::uint64_t used_bytes) {
    const bool was_high = is_high_;
    if (used_bytes >= share(options_.shed_percent)) is_high_ = options_.shed_percent > 0 && used_bytes > 0;
    if (used_bytes < share(options_.target_percent)) is_high_ = false;
    if (was_high == is_high_) return Change::none;
    return is_high_ ? Change::begins : Change::ends;
  }

  bool is_high() const { return is_high_; }
  // Whether a look at so much might find that it is too much, or is no longer.
  bool may_be_high(std::uint64_t used_bytes) const {
    return is_high_ || used_bytes >= share(options_.shed_percent);
  }

  // Rounded up. Requires: is_high().
  std::uint64_t to_shed(std::uint64_t used_bytes, std::uint64_t candidates) const {
    const double surplus = static_cast<double>(used_bytes - share(options_.target_percent)) + 1;
    const double part = surplus / static_cast<double>(used_bytes) * static_cast<double>(candidates);
    const auto count = static_cast<std::uint64_t>(part);
    return count < candidates ? count + 1 : candidates;
  }

 private:
  std::uint64_t share(std::uint32_t percent) const { return options_.limit_bytes / 100 * percent; }

  Options options_;
  bool is_high_ = false;
};

}  // namespace shoal::host
