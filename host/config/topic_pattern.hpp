#pragma once
// Patterns of topic names: a topic that begins with `^` is a POSIX extended regular expression, as librdkafka
// takes it. It matches from the name's beginning on; what follows counts only with `$`.

#include <regex.h>

#include <memory>
#include <string>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::config {

bool is_topic_pattern(std::string_view topic);

// What is wrong with a pattern, or nothing. Refused beyond what is no expression: what takes time or memory
// without a bound, counts in braces and references back.
std::string_view topic_pattern_problem(std::string_view pattern);

// May be used by several threads at once.
class TopicPattern {
 public:
  // Requires: the pattern has no problem.
  explicit TopicPattern(std::string_view pattern);

  bool matches(const std::string& topic) const;

 private:
  struct Free {
    void operator()(regex_t* expression) const;
  };
  std::unique_ptr<regex_t, Free> expression_;
};

}  // namespace shoal::config
