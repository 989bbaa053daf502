#pragma once
// LogBound: how many lines of one kind a lane writes to the log between two ticks. What is beyond is told as
// one number at the tick. Owned and used by one lane.

#include <cstdint>
#include <utility>

namespace shoal::lanes {

class LogBound {
 public:
  static constexpr std::uint64_t lines_max = 5;

  // Whether one more is written.
  bool admits() { return count_++ < lines_max; }
  // The tick has come. Gives how many were not written.
  std::uint64_t take_rest() {
    const std::uint64_t count = std::exchange(count_, 0);
    return count > lines_max ? count - lines_max : 0;
  }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace shoal::lanes
