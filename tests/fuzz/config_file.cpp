// A configuration file with what is laid over it. Lines behind a line `%%` are variables (SHOAL_A=b) and
// assignments of --set (a.b=c), one a line.
#include <algorithm>
#include <string>
#include <vector>

#include "host/config/loader.hpp"
#include "target.hpp"

namespace shoal::fuzz {
namespace {

config::LoadOptions options_of(std::string_view lines) {
  config::LoadOptions options;
  options.file = "host.toml";
  options.working_directory = "/etc/shoal";
  options.host_name = "machine";
  options.hardware_threads = 3;
  while (!lines.empty()) {
    std::string line{take_line(lines)};
    const std::size_t equals = line.find('=');
    if (line.starts_with("SHOAL_") && equals != std::string::npos) {
      options.environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    } else if (!line.empty()) {
      options.sets.push_back(std::move(line));
    }
  }
  return options;
}

bool same(const config::Setting& one, const config::Setting& other) {
  return one.path == other.path && one.value == other.value && one.header == other.header;
}

}  // namespace

void run(std::string_view input) {
  const std::size_t cut = input.find("\n%%\n");
  const std::string_view text = input.substr(0, cut);
  const auto options = options_of(cut == std::string_view::npos ? "" : input.substr(cut + 4));
  const auto loaded = config::load_text(text, options);
  if (!loaded) {
    require(!loaded.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  // print-config shows what counts: reading it back gives the same, but for what is masked.
  const auto& settings = loaded.value().settings;
  auto plain = options;
  plain.environment.clear();
  plain.sets.clear();
  const auto again = config::load_text(config::to_toml(settings), plain);
  require(again.has_value(), again ? "" : again.error().message);
  require(std::ranges::equal(settings, again.value().settings, same), "what is printed reads back the same");
}

}  // namespace shoal::fuzz
