#include "host/config/names.hpp"

#include <algorithm>

#include "host/config/duration.hpp"
#include "host/config/topic_pattern.hpp"

namespace shoal::config {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_name_character(char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; }

}  // namespace

std::string_view empty_problem(std::string_view text) { return text.empty() ? "must not be empty" : ""; }

std::string_view node_name_problem(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
  return text.empty() || text.size() > 255 || !printable
             ? "must be 1 to 255 printable ASCII characters without blanks"
             : "";
}

std::string_view element_name_problem(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 64 && is_alphanumeric(text.front()) &&
                    std::ranges::all_of(text, is_name_character);
  return good ? "" : "must be 1 to 64 of a-z A-Z 0-9 . _ - and begin with a letter or a digit";
}

std::string_view element_name_or_empty_problem(std::string_view text) {
  return text.empty() ? "" : element_name_problem(text);
}

std::string_view type_name_problem(std::string_view text) {
  const bool good =
      !text.empty() && text.size() <= 64 && is_lower(text.front()) &&
      std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
  return good ? "" : "must be 1 to 64 of a-z 0-9 _ - and begin with a letter";
}

std::string_view duration_or_never_problem(std::string_view text) {
  const auto duration = read_duration(text);
  const bool good = text == "never" || (duration && duration.value().count() > 0);
  return good ? "" : "must be \"never\" or a duration such as \"120s\": a whole number and ms, s, m or h";
}

std::string_view topic_problem(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 249 && text != "." && text != ".." &&
                    std::ranges::all_of(text, is_name_character);
  return good ? "" : "must be 1 to 249 of a-z A-Z 0-9 . _ - (Kafka's rule for topics)";
}

std::string_view topic_or_empty_problem(std::string_view text) {
  return text.empty() ? "" : topic_problem(text);
}

std::string_view topic_or_pattern_problem(std::string_view text) {
  return is_topic_pattern(text) ? topic_pattern_problem(text) : topic_problem(text);
}

}  // namespace shoal::config
