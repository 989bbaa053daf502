// A host's answer to a command: any JSON document, whatever its members are.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "host/command/json_line.hpp"
#include "host/command/status_text.hpp"
#include "target.hpp"

namespace shoal::fuzz {
namespace {

bool steers_no_terminal(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; });
}

}  // namespace

void run(std::string_view input) {
  const auto document = nlohmann::ordered_json::parse(input, nullptr, false);
  if (document.is_discarded() || !is_json(input)) return;
  require(steers_no_terminal(command::status_text(document)), "no status can steer a terminal");
  require(steers_no_terminal(command::modules_text(document)), "no list of modules can");
  const std::string line = command::on_one_line(input);
  require(line.find('\n') == std::string::npos, "one line is one line");
  require(nlohmann::ordered_json::parse(line, nullptr, false) == document, "and says the same");
}

}  // namespace shoal::fuzz
