#pragma once
// What names may be. Each function gives what is wrong with a name, as words that follow it in a message, or
// nothing. Pure.

#include <string_view>

namespace shoal::config {

// Not empty.
std::string_view empty_problem(std::string_view text);

// 1 to 255 printable characters without blanks.
std::string_view node_name_problem(std::string_view text);

// Sources, sinks, roles and clusters: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
std::string_view element_name_problem(std::string_view text);
std::string_view element_name_or_empty_problem(std::string_view text);

// Entity types: `[a-z][a-z0-9_-]{0,63}`.
std::string_view type_name_problem(std::string_view text);

// "never" or a duration of at least 1 ms.
std::string_view duration_or_never_problem(std::string_view text);

// Kafka's rule: 1 to 249 of `[A-Za-z0-9._-]`, not `.` and not `..`.
std::string_view topic_problem(std::string_view text);
std::string_view topic_or_empty_problem(std::string_view text);

// A topic, or a regular expression that begins with `^`.
std::string_view topic_or_pattern_problem(std::string_view text);

}  // namespace shoal::config
