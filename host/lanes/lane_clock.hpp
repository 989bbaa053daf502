#pragma once
// The clocks of the machine, and the seam through which a lane reads them, once a batch, and waits: a
// simulator has clocks of its own.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::lanes {

using Clock = std::chrono::steady_clock;

// The tag of what no record caused.
inline constexpr std::uint64_t no_record = 0;

inline std::int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

// Copied freely. `context` is handed to each function, and outlives the lane.
struct LaneClock {
  std::int64_t (*steady)(void* context) = [](void*) { return lanes::steady_ns(); };
  std::int64_t (*wall)(void* context) = [](void*) { return lanes::wall_clock_ns(); };
  // Instead of a sleep in the inbox, which returns before the time is over where something came. Null:
  // sleeps.
  void (*wait)(void* context, std::chrono::milliseconds timeout) = nullptr;
  void* context = nullptr;

  std::int64_t steady_ns() const { return steady(context); }
  std::int64_t wall_ns() const { return wall(context); }
  Clock::time_point now() const { return Clock::time_point(std::chrono::nanoseconds(steady_ns())); }
};

}  // namespace shoal::lanes
