#include "host/config/layers.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "host/config/schema.hpp"
#include "host/config/toml_text.hpp"
#include "shoal/detail/utf8.hpp"

namespace shoal::config {
namespace {

constexpr std::string_view variable_prefix = "SHOAL_";
constexpr std::string_view variable_separator = "__";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

// The whole of the text as an index of a list.
std::optional<std::size_t> index_of(std::string_view text) {
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return index;
}

Value read_value(std::string_view text, const Origin& origin) {
  Value value = read_toml_value(text).value_or(Value{std::string{text}, {}, {}, {}});
  set_origin(value, origin);
  value.written = text;
  return value;
}

void flatten_into(Table& flat, const std::string& prefix, Value&& value) {
  auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) {
    flat.insert_or_assign(prefix, std::move(value));
    return;
  }
  for (auto& [key, member] : *table) {
    flatten_into(flat, prefix.empty() ? key : prefix + "." + key, std::move(member));
  }
}

std::string lay(Value& below, Value&& above);

// Lays `0 = …, 1 = …` over the elements of a list. The index behind the last element adds one.
std::string lay_elements(List& below, Table&& above) {
  for (auto& [key, member] : above) {
    const auto index = index_of(key);
    if (!index) return "is a list: name its element by an index from 0";
    if (*index > below.size()) {
      return "has " + std::to_string(below.size()) + " elements: there is no element " + key;
    }
    if (*index == below.size()) {
      below.push_back(std::move(member));
    } else if (std::string problem = lay(below[*index], std::move(member)); !problem.empty()) {
      return problem;
    }
  }
  return "";
}

// Tables are laid key by key, all else replaces what is below. Gives what is wrong, or nothing.
std::string lay(Value& below, Value&& above) {
  auto* members = std::get_if<Table>(&above.data);
  if (auto* list = std::get_if<List>(&below.data); list != nullptr && members != nullptr) {
    return lay_elements(*list, std::move(*members));
  }
  auto* table = std::get_if<Table>(&below.data);
  if (table == nullptr || members == nullptr) {
    below = std::move(above);
    return "";
  }
  for (auto& [key, member] : *members) {
    const auto [place, added] = table->try_emplace(key, Value{});
    if (added) {
      place->second = std::move(member);
    } else if (std::string problem = lay(place->second, std::move(member)); !problem.empty()) {
      return problem;
    }
  }
  return "";
}

// Lists of the schema that nobody wrote yet, so that `sources.0.name` has something to be laid on.
void add_missing_lists(Value& root, const Table& above) {
  auto& table = std::get<Table>(root.data);
  for (const Section& section : sections()) {
    if (section.kind == SectionKind::list && above.contains(section.name)) {
      table.try_emplace(std::string{section.name}, Value{List{}, {}, {}, {}});
    }
  }
}

// A file that is not UTF-8 is not TOML, and what is laid over it is printed as TOML.
constexpr std::string_view kNotUtf8 = "is not UTF-8: write the letters in UTF-8";

void lay_on_root(Value& root, Value&& above, const Origin& origin, std::vector<Problem>& problems) {
  flatten_text_maps(above);
  const auto& members = std::get<Table>(above.data);
  const std::string section = members.begin()->first;
  add_missing_lists(root, members);
  const std::string problem = lay(root, std::move(above));
  if (!problem.empty()) problems.push_back({origin, "'" + section + "' " + problem});
}

// The existing key that equals `name` whatever the case, else `name` in lower case.
std::string existing_key(const Value* place, std::string_view name) {
  const std::string wanted = lowered(name);
  if (const auto* table = place == nullptr ? nullptr : std::get_if<Table>(&place->data)) {
    for (const auto& [key, member] : *table) {
      if (lowered(key) == wanted) return key;
    }
  }
  return wanted;
}

const Value* child(const Value* place, const std::string& key) {
  if (place == nullptr) return nullptr;
  if (const auto* table = std::get_if<Table>(&place->data)) {
    const auto found = table->find(key);
    return found == table->end() ? nullptr : &found->second;
  }
  const auto* list = std::get_if<List>(&place->data);
  const auto index = index_of(key);
  return list != nullptr && index && *index < list->size() ? &(*list)[*index] : nullptr;
}

// The keys a variable names, from the root; empty if it is not the configuration's.
std::vector<std::string> keys_of_variable(const Value& root, std::string_view variable) {
  if (!variable.starts_with(variable_prefix)) return {};
  variable.remove_prefix(variable_prefix.size());
  const bool nested = variable.find(variable_separator) != std::string_view::npos;
  if (!nested && find_section(lowered(variable)) == nullptr) return {};
  std::vector<std::string> keys;
  const Value* place = &root;
  while (true) {
    const std::size_t end = variable.find(variable_separator);
    keys.push_back(existing_key(place, variable.substr(0, end)));
    if (end == std::string_view::npos) return keys;
    place = child(place, keys.back());
    variable.remove_prefix(end + variable_separator.size());
  }
}

}  // namespace

void flatten_text_maps(Value& root) {
  auto& table = std::get<Table>(root.data);
  for (const Key& key : keys()) {
    if (key.kind != Kind::text_map) continue;
    const auto section = table.find(key.section);
    if (section == table.end() || !std::holds_alternative<Table>(section->second.data)) continue;
    auto& members = std::get<Table>(section->second.data);
    const auto map = members.find(key.name);
    if (map == members.end() || !std::holds_alternative<Table>(map->second.data)) continue;
    Value nested = map->second;
    Table flat;
    flatten_into(flat, "", std::move(nested));
    map->second.data = std::move(flat);
  }
}

void lay_environment(Value& root, const Environment& environment, std::vector<Problem>& problems) {
  // In the order of their names, so that a section's variable comes before those of its keys.
  Environment sorted = environment;
  std::ranges::sort(sorted);
  for (const auto& [variable, text] : sorted) {
    const std::vector<std::string> keys = keys_of_variable(root, variable);
    if (keys.empty()) continue;
    const Origin origin{Layer::environment, variable, 0, 0};
    if (!detail::is_utf8(variable) || !detail::is_utf8(text)) {
      problems.push_back({origin, std::string{kNotUtf8}});
      continue;
    }
    // print-config writes it into a comment.
    if (std::ranges::any_of(variable, [](unsigned char letter) { return letter < ' ' || letter == 0x7f; })) {
      problems.push_back({origin, "its name has a control character: write it without"});
      continue;
    }
    Value value = read_value(text, origin);
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      Table table;
      table.emplace(*key, std::move(value));
      value = Value{std::move(table), origin, origin, {}};
    }
    lay_on_root(root, std::move(value), origin, problems);
  }
}

void lay_set(Value& root, std::string_view assignment, std::vector<Problem>& problems) {
  const std::size_t equals = assignment.find('=');
  const std::string_view key = assignment.substr(0, equals);
  const Origin origin{Layer::set, std::string{key}, 0, 0};
  if (!detail::is_utf8(assignment)) {
    problems.push_back({origin, std::string{kNotUtf8}});
    return;
  }
  std::optional<Value> above;
  if (equals != std::string_view::npos) {
    above = read_toml_key(key, read_value(assignment.substr(equals + 1), origin));
  }
  if (!above) {
    problems.push_back({origin, "write it as key=value, such as --set node.lanes=2"});
    return;
  }
  set_origin(*above, origin);
  lay_on_root(root, std::move(*above), origin, problems);
}

}  // namespace shoal::config
