#include "host/log_line.hpp"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "host/config/secrets.hpp"

namespace shoal::host {
namespace {

// ISO 8601 in UTC with milliseconds.
std::string time_text(std::chrono::system_clock::time_point time) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof(text) - size, ".%03dZ",
                static_cast<int>((since_epoch - seconds).count()));
  return text;
}

void append_escaped(std::string& line, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line.push_back(c);
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\x%02x", static_cast<unsigned>(byte));
      line += escape;
    }
  }
}

}  // namespace

std::string text_log_line(const LogEvent& event) {
  constexpr std::size_t level_width = 8;
  std::string line = time_text(event.time) + " ";
  line += event.level;
  line.append(event.level.size() < level_width ? level_width - event.level.size() : 1, ' ');
  append_escaped(line, config::mask_urls(event.text));
  return line + "\n";
}

std::string json_log_line(const LogEvent& event) {
  using Json = nlohmann::ordered_json;
  const Json line = {{"time", time_text(event.time)},
                     {"level", event.level},
                     {"thread", event.thread},
                     {"message", config::mask_urls(event.text)}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shoal::host
