#include "host/config/topic_pattern.hpp"

#include <cctype>

#include "shoal/base/assert.hpp"

namespace shoal::config {
namespace {

constexpr std::size_t pattern_bytes_max = 249;  // as long as a topic's name

bool compile(regex_t& expression, std::string_view pattern) {
  return regcomp(&expression, std::string{pattern}.c_str(), REG_EXTENDED | REG_NOSUB) == 0;
}

bool refers_back(std::string_view pattern) {
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    if (std::isdigit(static_cast<unsigned char>(pattern[++i])) != 0) return true;
  }
  return false;
}

}  // namespace

bool is_topic_pattern(std::string_view topic) { return topic.starts_with('^'); }

std::string_view topic_pattern_problem(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max) return "must be at most 249 characters";
  if (pattern.find('{') != std::string_view::npos || refers_back(pattern)) {
    return "must be a regular expression without { } and without references back such as \\1";
  }
  regex_t expression;
  if (!compile(expression, pattern)) {
    return "must be a POSIX extended regular expression where it begins with ^";
  }
  regfree(&expression);
  return "";
}

TopicPattern::TopicPattern(std::string_view pattern) {
  auto compiled = std::make_unique<regex_t>();
  const bool good = compile(*compiled, pattern);
  SHOAL_ASSERT(good);
  expression_.reset(compiled.release());
}

bool TopicPattern::matches(const std::string& topic) const {
  return regexec(expression_.get(), topic.c_str(), 0, nullptr, 0) == 0;
}

void TopicPattern::Free::operator()(regex_t* expression) const {
  regfree(expression);
  delete expression;
}

}  // namespace shoal::config
