#pragma once
// A time for people: 2013-11-09T12:26:40Z.

#include <array>
#include <cstdint>
#include <ctime>
#include <string>

namespace shoal::command {

// "-" for what no calendar has.
inline std::string utc_text(std::int64_t since_ms) {
  const auto seconds = static_cast<std::time_t>(since_ms / 1'000);
  std::tm utc{};
  std::array<char, 64> text{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "-";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace shoal::command
