#include "host/config/timestamp.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>

namespace shoal::config {
namespace {

// Reads from the front; once anything was wrong, all that follows is.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  // A number of exactly so many digits.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!at_digit()) {
        good_ = false;
        return 0;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  // One of these characters; which.
  char one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      good_ = false;
      return '\0';
    }
    const char found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }

  // ".5" as 500, ".0001" as 1; nothing as 0.
  int fraction_ms() {
    if (rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    if (!at_digit()) good_ = false;
    int value = 0;
    int scale = 100;
    bool more = false;
    for (; at_digit(); rest_.remove_prefix(1), scale /= 10) {
      value += (rest_.front() - '0') * scale;
      more = more || (scale == 0 && rest_.front() != '0');
    }
    return value + (more ? 1 : 0);
  }

  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool ended() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<std::int64_t> read_timestamp(std::string_view text) {
  using namespace std::chrono;
  Digits digits(text);
  const year in_year{digits.number(4)};
  digits.one_of("-");
  const month in_month{static_cast<unsigned>(digits.number(2))};
  digits.one_of("-");
  const year_month_day date{in_year, in_month, day{static_cast<unsigned>(digits.number(2))}};
  digits.one_of("Tt ");
  const hours hour{digits.number(2)};
  digits.one_of(":");
  const minutes minute{digits.number(2)};
  digits.one_of(":");
  const seconds second{digits.number(2)};
  const milliseconds fraction{digits.fraction_ms()};
  const char zone = digits.one_of("Zz+-");
  minutes ahead{0};
  if (zone == '+' || zone == '-') {
    const int zone_hours = digits.number(2);
    digits.one_of(":");
    const int zone_minutes = digits.number(2);
    if (zone_hours > 23 || zone_minutes > 59) return std::nullopt;
    ahead = (zone == '+' ? 1 : -1) * (hours{zone_hours} + minutes{zone_minutes});
  }
  if (!digits.ended() || !date.ok() || hour > 23h || minute > 59min || second > 59s) return std::nullopt;
  const auto time = sys_days{date}.time_since_epoch() + hour + minute + second + fraction - ahead;
  const std::int64_t result = duration_cast<milliseconds>(time).count();
  return result < 0 ? std::nullopt : std::optional{result};
}

}  // namespace shoal::config
