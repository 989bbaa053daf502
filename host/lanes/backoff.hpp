#pragma once
// Backoff: how long to pause before something that failed is tried again. Pure.
//
//   pause = b - b·r/5   with b = min(max_ms, min_ms · 2^(n-1)), n the failures in a run, r in [0, 1) random
//
// The random share keeps those that failed together from trying again together.

#include <cstdint>

namespace shoal::lanes {

struct Backoff {
  std::int64_t min_ms;
  std::int64_t max_ms;

  // Requires: 0 < min_ms <= max_ms, failures > 0.
  std::int64_t pause_ms(std::uint32_t failures, std::uint64_t random) const {
    std::int64_t base = min_ms;
    for (std::uint32_t n = 1; n < failures && base < max_ms; ++n)
      base = base > max_ms / 2 ? max_ms : base * 2;
    const std::uint64_t most = static_cast<std::uint64_t>(base) / 5;
    return base - static_cast<std::int64_t>(random % (most + 1));
  }
};

}  // namespace shoal::lanes
