#include "host/config/duration.hpp"

#include <charconv>
#include <cstdint>
#include <string>

namespace shoal::config {
namespace {

constexpr std::uint64_t duration_ms_max = std::uint64_t{30} * 24 * 60 * 60 * 1'000;

// Milliseconds of one unit, 0 for an unknown one.
std::uint64_t unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return 0;
}

}  // namespace

Result<std::chrono::milliseconds> read_duration(std::string_view text) {
  const auto wrong = [&](const char* what) {
    return error(ErrorCode::invalid_argument, "'" + std::string{text} + "' is not a duration: " + what);
  };
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code == std::errc::result_out_of_range) return wrong("at most 30 days are possible");
  if (code != std::errc{}) return wrong("write a whole number and ms, s, m or h, such as 5s");
  const std::uint64_t scale = unit_ms(text.substr(static_cast<std::size_t>(end - text.data())));
  if (scale == 0) return wrong("write a whole number and ms, s, m or h, such as 5s");
  if (number > duration_ms_max / scale) return wrong("at most 30 days are possible");
  return std::chrono::milliseconds{number * scale};
}

}  // namespace shoal::config
