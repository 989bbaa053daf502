#include "host/command/arguments.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/config/duration.hpp"

namespace shoal::command {
namespace {

constexpr std::chrono::hours timeout_max{24};
constexpr int partitions_max = 1'000;
constexpr double interval_seconds_min = 0.1;
constexpr double interval_seconds_max = 86'400;

Error wrong(std::string_view text, const char* expected) {
  return error(ErrorCode::invalid_argument, "'" + std::string{text} + "' is not " + expected);
}

template <class T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<void> read_management(std::string_view text, Client& client) {
  constexpr const char* expected = "a host: write HOST:PORT, such as 127.0.0.1:8558 or [::1]:8558";
  std::string_view host = text;
  std::optional<std::string_view> port;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  if (text.starts_with('[')) {
    if (bracket == std::string_view::npos) return wrong(text, expected);
    host = text.substr(1, bracket - 1);
    const std::string_view rest = text.substr(bracket + 1);
    if (!rest.empty() && rest.front() != ':') return wrong(text, expected);
    if (!rest.empty()) port = rest.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.empty()) return wrong(text, expected);
  if (port) {
    const auto number = number_of<std::uint16_t>(*port);
    if (!number || *number == 0) return wrong(text, expected);
    client.port = *number;
  }
  client.host = host;
  return success();
}

Result<std::chrono::milliseconds> read_timeout(std::string_view text) {
  auto duration = config::read_duration(text);
  if (!duration) return duration;
  if (duration.value().count() == 0 || duration.value() > timeout_max)
    return wrong(text, "a timeout of 1ms to 24h");
  return duration;
}

Result<std::chrono::milliseconds> read_interval(std::string_view text) {
  const auto seconds = number_of<double>(text);
  if (!seconds || !(*seconds >= interval_seconds_min) || *seconds > interval_seconds_max) {
    return wrong(text, "a number of seconds from 0.1 to 86400, such as 2 or 0.5");
  }
  return std::chrono::milliseconds{static_cast<std::int64_t>(*seconds * 1'000)};
}

Result<Format> read_format(std::string_view text) {
  if (text == "text") return Format::text;
  if (text == "json") return Format::json;
  return wrong(text, "a format: write text or json");
}

Result<std::pair<std::string, int>> read_topic(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto count = colon == std::string_view::npos ? std::nullopt : number_of<int>(text.substr(colon + 1));
  if (!count || colon == 0 || *count < 1 || *count > partitions_max) {
    return wrong(text, "a topic: write NAME:PARTITIONS with 1 to 1000 partitions, such as flights:4");
  }
  return std::pair{std::string{text.substr(0, colon)}, *count};
}

Result<std::pair<std::string, std::string>> read_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return wrong(text, "KEY=VALUE");
  return std::pair{std::string{text.substr(0, equals)}, std::string{text.substr(equals + 1)}};
}

Result<std::optional<std::uint32_t>> read_type_setting(std::string_view text) {
  constexpr std::string_view key = "active_entities_max=";
  const std::string_view value = text.starts_with(key) ? text.substr(key.size()) : "";
  if (value == "none") return std::optional<std::uint32_t>();
  const auto count = number_of<std::uint32_t>(value);
  if (count && *count > 0) return count;
  return wrong(text, "a setting of a type: write active_entities_max=N, with N from 1 to 4294967295 or none");
}

Result<void> check_json(std::string_view text) {
  if (nlohmann::json::accept(text)) return success();
  return wrong(text, "JSON: write one value, such as '{\"minutes\": 5}'");
}

}  // namespace shoal::command
