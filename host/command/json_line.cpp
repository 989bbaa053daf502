#include "host/command/json_line.hpp"

namespace shoal::command {

std::string on_one_line(std::string_view json) {
  std::string line;
  line.reserve(json.size());
  bool in_text = false;
  bool escaped = false;
  for (const char c : json) {
    if (!in_text && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    line.push_back(c);
    if (c == '"' && !escaped) in_text = !in_text;
    escaped = in_text && c == '\\' && !escaped;
  }
  return line;
}

}  // namespace shoal::command
