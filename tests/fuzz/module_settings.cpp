// A module's table of settings as its module reads it: a first line with the path, then the table as JSON.
#include <cstdint>
#include <string>

#include "host/modules/config_view.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const std::string_view path = take_line(input);
  const auto view = modules::ConfigView::parse({std::string{input}});
  if (!view) return;
  const shoal_config* abi = view.value()->abi();
  shoal_value value{};
  value.size = sizeof value;
  const shoal_bytes name{reinterpret_cast<const std::uint8_t*>(path.data()), path.size()};
  if (abi->get(abi->state, name, &value) != SHOAL_STATUS_OK) return;
  require(value.kind >= SHOAL_VALUE_STRING && value.kind <= SHOAL_VALUE_OTHER, "a value has a kind");
  const std::string text(reinterpret_cast<const char*>(value.string.data), value.string.size);
  require(value.kind != SHOAL_VALUE_OTHER || is_json(text), "what is no scalar comes as JSON");
}

}  // namespace shoal::fuzz
