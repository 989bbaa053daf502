#pragma once
// One line of the host's log. Pure.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::host {

struct LogEvent {
  std::chrono::system_clock::time_point time;
  std::string_view level;  // "debug", "info", "warning", "error"
  std::size_t thread = 0;  // the kernel's id
  std::string_view text;   // any bytes
};

// `2026-11-21T09:30:00.125Z info    text`, with a line break. Control characters become escapes such as \n
// and \x1b, so that what a record says cannot pass for a line of its own; user parts of URLs are masked.
std::string text_log_line(const LogEvent& event);

// {"time":…,"level":…,"thread":…,"message":…} with a line break: always valid JSON in UTF-8, bytes that are
// none are replaced; user parts of URLs are masked.
std::string json_log_line(const LogEvent& event);

}  // namespace shoal::host
