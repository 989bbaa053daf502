#pragma once
// Points in time as text: RFC 3339, such as "2026-03-01T00:00:00Z". Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::config {

// Milliseconds since 1970, rounded up, so that no record before the time is meant; none where the text is no
// such time, or one before 1970.
std::optional<std::int64_t> read_timestamp(std::string_view text);

}  // namespace shoal::config
