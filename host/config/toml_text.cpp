#include "host/config/toml_text.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace shoal::config {
namespace {

Origin origin_of(const toml::source_region& region, const std::string& name) {
  return {Layer::file, name, region.begin.line, region.begin.column};
}

template <class T>
std::string streamed(const T& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

Value from_node(const toml::node& node, const std::string& name);

Value from_table(const toml::table& table, const std::string& name) {
  Table members;
  for (const auto& [key, child] : table) {
    Value value = from_node(child, name);
    value.key_origin = origin_of(key.source(), name);
    members.emplace(std::string{key.str()}, std::move(value));
  }
  return Value{std::move(members), {}, {}, {}};
}

Value from_array(const toml::array& array, const std::string& name) {
  List elements;
  for (const auto& child : array) elements.push_back(from_node(child, name));
  return Value{std::move(elements), {}, {}, {}};
}

// Requires: not a table and not an array.
Value from_scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return Value{text->get(), {}, {}, {}};
  if (const auto* number = node.as_integer()) return Value{number->get(), {}, {}, {}};
  if (const auto* number = node.as_floating_point()) return Value{number->get(), {}, {}, {}};
  if (const auto* truth = node.as_boolean()) return Value{truth->get(), {}, {}, {}};
  if (const auto* date = node.as_date()) return Value{Date{streamed(date->get())}, {}, {}, {}};
  if (const auto* time = node.as_time()) return Value{Date{streamed(time->get())}, {}, {}, {}};
  return Value{Date{streamed(node.as_date_time()->get())}, {}, {}, {}};
}

Value from_node(const toml::node& node, const std::string& name) {
  Value value;
  if (const auto* table = node.as_table()) {
    value = from_table(*table, name);
  } else if (const auto* array = node.as_array()) {
    value = from_array(*array, name);
  } else {
    value = from_scalar(node);
  }
  value.origin = origin_of(node.source(), name);
  value.key_origin = value.origin;
  return value;
}

std::string quoted(const std::string& text) {
  std::ostringstream stream;
  stream << toml::toml_formatter{toml::value<std::string>{text}, toml::format_flags::none};
  return stream.str();
}

std::string number_text(double number) { return streamed(toml::value<double>{number}); }

}  // namespace

Result<Value> read_toml(std::string_view text, const std::string& name) {
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed) {
    const Origin origin = origin_of(parsed.error().source(), name);
    return error(ErrorCode::bad_config, to_text(origin) + ": " + std::string{parsed.error().description()});
  }
  return from_node(parsed.table(), name);
}

std::optional<Value> read_toml_value(std::string_view text) {
  const toml::parse_result parsed = toml::parse("value = " + std::string{text});
  if (!parsed || parsed.table().size() != 1 || !parsed.table().contains("value")) return std::nullopt;
  Value value = from_node(*parsed.table().get("value"), "");
  set_origin(value, {});
  return value;
}

std::optional<Value> read_toml_key(std::string_view key, Value value) {
  // A key with a line break or an equals sign would bring a second entry with it.
  if (key.find_first_of("\n\r=#[]") != std::string_view::npos) return std::nullopt;
  const toml::parse_result parsed = toml::parse(std::string{key} + " = 0");
  if (!parsed) return std::nullopt;
  Value root = from_node(parsed.table(), "");
  set_origin(root, {});
  Value* place = &root;
  while (auto* table = std::get_if<Table>(&place->data)) {
    if (table->size() != 1) return std::nullopt;
    place = &table->begin()->second;
  }
  *place = std::move(value);
  return root;
}

std::string write_toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? std::string{key} : quoted(std::string{key});
}

std::string write_toml(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return quoted(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value.data)) return number_text(*number);
  if (const auto* truth = std::get_if<bool>(&value.data)) return *truth ? "true" : "false";
  if (const auto* date = std::get_if<Date>(&value.data)) return date->text;
  std::string text;
  if (const auto* list = std::get_if<List>(&value.data)) {
    for (const Value& element : *list) text += (text.empty() ? "" : ", ") + write_toml(element);
    return "[" + text + "]";
  }
  for (const auto& [key, member] : std::get<Table>(value.data)) {
    text += (text.empty() ? "" : ", ") + write_toml_key(key) + " = " + write_toml(member);
  }
  return text.empty() ? "{}" : "{ " + text + " }";
}

}  // namespace shoal::config
