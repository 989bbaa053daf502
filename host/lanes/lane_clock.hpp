#pragma once
// The clocks a lane reads, once a batch, for the files of Lane.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::lanes {

// The tag of what no record caused.
inline constexpr std::uint64_t no_record = 0;

inline std::int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace shoal::lanes
