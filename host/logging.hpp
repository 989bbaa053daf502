#pragma once
// The host's log: lines on stderr through spdlog's default logger, as text for people or as one JSON object a
// line.

#include "host/config/config.hpp"

namespace shoal::host {

// Sets level and format. Called once, before other threads log; afterwards every thread may use spdlog. A
// line holds one event: control characters are escaped, bytes that are not UTF-8 are replaced in JSON, user
// parts of URLs are masked. Writing is synchronous: lines are rare events, never one a record.
void start_logging(const config::Log& log);

// Changes level and format. [any-thread] Requires: start_logging was called.
void change_logging(const config::Log& log);

}  // namespace shoal::host
