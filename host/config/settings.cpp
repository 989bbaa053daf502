#include "host/config/loader.hpp"

namespace shoal::config {

std::string to_toml(const std::vector<Setting>& settings) {
  std::string text;
  std::string header;
  for (const Setting& setting : settings) {
    if (setting.header != header || setting.begins_element) {
      header = setting.header;
      text += (text.empty() ? "" : "\n") + header + "\n";
    }
    text += setting.key + " = " + setting.value + "  # " + setting.origin + "\n";
  }
  return text;
}

}  // namespace shoal::config
