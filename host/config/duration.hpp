#pragma once
// Durations as people write them. Pure.

#include <chrono>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::config {

// A whole number and its unit, `250ms`, `5s`, `2m` or `1h`, without blanks; at most 30 days. The error is
// invalid_argument and says what is expected.
Result<std::chrono::milliseconds> read_duration(std::string_view text);

}  // namespace shoal::config
