// What records, modules and brokers say, on its way into the log: one line each, and JSON where it says so.
#include <algorithm>
#include <string>

#include "host/log_line.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const host::LogEvent event{{}, "info", 1, input};
  const std::string text = host::text_log_line(event);
  require(std::ranges::count_if(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }) == 1 &&
              text.ends_with('\n'),
          "an event is one line and steers no terminal");
  const std::string json = host::json_log_line(event);
  require(std::ranges::count(json, '\n') == 1 && json.ends_with('\n'), "an event is one line of JSON");
  require(is_json(json), "and is JSON");
}

}  // namespace shoal::fuzz
