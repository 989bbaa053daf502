#include "host/config/value.hpp"

namespace shoal::config {

std::string to_text(const Origin& origin) {
  switch (origin.layer) {
    case Layer::built_in:
      return "default";
    case Layer::file:
      return origin.name + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
    case Layer::environment:
      return "environment " + origin.name;
    case Layer::set:
      return "--set " + origin.name;
  }
  return "";
}

void set_origin(Value& value, const Origin& origin) {
  value.origin = origin;
  value.key_origin = origin;
  if (auto* list = std::get_if<List>(&value.data)) {
    for (Value& element : *list) set_origin(element, origin);
  } else if (auto* table = std::get_if<Table>(&value.data)) {
    for (auto& [key, member] : *table) set_origin(member, origin);
  }
}

const char* kind_name(const Value& value) {
  static constexpr const char* names[] = {"true or false", "a whole number", "a number", "a text",
                                          "a date",        "a list",         "a table"};
  return names[value.data.index()];
}

}  // namespace shoal::config
