#pragma once
// The clocks a lane reads, once a batch, and the bounds of a batch, for the files of Lane.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::lanes {

// Outputs and messages go out in the middle of a batch when so much has gathered.
inline constexpr std::size_t release_bytes = 1024 * 1024;
// Of the dead letters between two ticks so many get a line of the log; the rest are told as one number.
inline constexpr std::uint64_t dead_letters_logged_max = 5;
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
