#include "host/config/key_value.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/config/suggestion.hpp"
#include "host/config/toml_text.hpp"

namespace shoal::config {
namespace {

Error wrong(std::string text) { return error(ErrorCode::bad_config, std::move(text)); }

Error wrong_kind(const char* wanted, const Value& value) {
  return wrong(std::string{"must be "} + wanted + ", not " + kind_name(value));
}

bool is_container(const Value& value) {
  return std::holds_alternative<List>(value.data) || std::holds_alternative<Table>(value.data);
}

Result<std::string> without_nul(std::string text) {
  if (text.find('\0') != std::string::npos) return wrong("must not hold a NUL character");
  return text;
}

// The environment and --set have no quotes: what they write is the text, even where it reads as a number.
Result<std::string> read_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return without_nul(*text);
  if (!value.written.empty() && !is_container(value)) return without_nul(value.written);
  return wrong_kind("a text in quotes", value);
}

Result<std::string> read_checked_text(const Key& key, const Value& value) {
  SHOAL_TRY(text, read_text(value));
  if (key.problem != nullptr) {
    if (const std::string_view problem = key.problem(text); !problem.empty()) {
      return wrong(std::string{problem} + ", not '" + text + "'");
    }
  }
  if (key.choices.empty()) return text;
  std::string listed;
  for (const std::string_view choice : key.choices) {
    if (choice == text) return text;
    listed += (listed.empty() ? "" : ", ") + std::string{choice};
  }
  const std::string meant = nearest(text, {key.choices.begin(), key.choices.end()});
  return wrong("must be one of " + listed + ", not '" + text + "'" +
               (meant.empty() ? "" : ": did you mean '" + meant + "'?"));
}

Result<std::uint64_t> read_integer(const Key& key, const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value.data);
  if (number == nullptr) return wrong_kind("a whole number", value);
  if (*number < 0 || static_cast<std::uint64_t>(*number) < key.min ||
      static_cast<std::uint64_t>(*number) > key.max) {
    return wrong("must be " + std::to_string(key.min) + " to " + std::to_string(key.max) +
                 (key.unit.empty() ? "" : " " + std::string{key.unit}) + ", not " + std::to_string(*number));
  }
  return static_cast<std::uint64_t>(*number);
}

Result<std::filesystem::path> read_path(const Value& value, const std::filesystem::path& base) {
  SHOAL_TRY(text, read_text(value));
  if (text.empty()) return wrong("must name a path, not be empty");
  return (base / text).lexically_normal();
}

template <class T, class Read>
Result<std::vector<T>> read_list(const Value& value, const char* wanted, Read read) {
  const auto* list = std::get_if<List>(&value.data);
  if (list == nullptr) return wrong_kind(wanted, value);
  std::vector<T> elements;
  for (const Value& element : *list) {
    SHOAL_TRY(read_element, read(element));
    elements.push_back(std::move(read_element));
  }
  return elements;
}

// librdkafka reads its `….location` keys relative to the working directory, configuration means the file.
std::string located(std::string_view name, const std::string& text, const std::filesystem::path& base) {
  const bool is_path = name.ends_with(".location") && !text.empty() && text != "probe";
  return is_path ? (base / text).lexically_normal().string() : text;
}

Result<std::map<std::string, std::string>> read_text_map(const Value& value,
                                                         const std::filesystem::path& base) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return wrong_kind("a table", value);
  std::map<std::string, std::string> texts;
  for (const auto& [name, member] : *table) {
    if (is_container(member)) {
      return wrong("must hold texts, numbers, true or false, but '" + name + "' is " + kind_name(member));
    }
    const bool as_written = std::holds_alternative<std::string>(member.data) || !member.written.empty();
    SHOAL_TRY(text, as_written ? read_text(member) : without_nul(write_toml(member)));
    texts.emplace(name, located(name, text, base));
  }
  return texts;
}

Result<nlohmann::json> to_json(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data); number != nullptr && !std::isfinite(*number)) {
    return wrong("must not hold inf or nan: JSON, which modules get, has no such number");
  }
  if (const auto* list = std::get_if<List>(&value.data)) {
    nlohmann::json array = nlohmann::json::array();
    for (const Value& element : *list) {
      SHOAL_TRY(json, to_json(element));
      array.push_back(std::move(json));
    }
    return array;
  }
  if (const auto* table = std::get_if<Table>(&value.data)) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [name, member] : *table) {
      SHOAL_TRY(json, to_json(member));
      object[name] = std::move(json);
    }
    return object;
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) return nlohmann::json(*text);
  if (const auto* date = std::get_if<Date>(&value.data)) return nlohmann::json(date->text);
  if (const auto* truth = std::get_if<bool>(&value.data)) return nlohmann::json(*truth);
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return nlohmann::json(*number);
  return nlohmann::json(std::get<double>(value.data));
}

Result<ModuleTable> read_json_table(const Value& value) {
  if (!std::holds_alternative<Table>(value.data)) return wrong_kind("a table", value);
  SHOAL_TRY(json, to_json(value));
  return ModuleTable{json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Result<Parsed> read_by_kind(const Key& key, const Value& value, const std::filesystem::path& base) {
  switch (key.kind) {
    case Kind::text: {
      SHOAL_TRY(text, read_checked_text(key, value));
      return Parsed{std::move(text)};
    }
    case Kind::integer: {
      SHOAL_TRY(number, read_integer(key, value));
      return Parsed{number};
    }
    case Kind::boolean: {
      const auto* truth = std::get_if<bool>(&value.data);
      if (truth == nullptr) return wrong_kind("true or false", value);
      return Parsed{*truth};
    }
    case Kind::text_list: {
      SHOAL_TRY(texts, read_list<std::string>(
                           value, "a list of texts such as [\"a\", \"b\"]",
                           [&](const Value& element) { return read_checked_text(key, element); }));
      return Parsed{std::move(texts)};
    }
    case Kind::integer_list: {
      SHOAL_TRY(numbers, read_list<std::uint32_t>(value, "a list of whole numbers such as [0, 3]",
                                                  [&](const Value& element) -> Result<std::uint32_t> {
                                                    SHOAL_TRY(number, read_integer(key, element));
                                                    return static_cast<std::uint32_t>(number);
                                                  }));
      return Parsed{std::move(numbers)};
    }
    case Kind::path: {
      SHOAL_TRY(path, read_path(value, base));
      return Parsed{std::move(path)};
    }
    case Kind::path_list: {
      SHOAL_TRY(paths, read_list<std::filesystem::path>(
                           value, "a list of paths such as [\"a\", \"b\"]",
                           [&](const Value& element) { return read_path(element, base); }));
      return Parsed{std::move(paths)};
    }
    case Kind::text_map: {
      SHOAL_TRY(texts, read_text_map(value, base));
      return Parsed{std::move(texts)};
    }
    case Kind::json_table: {
      SHOAL_TRY(table, read_json_table(value));
      return Parsed{std::move(table)};
    }
  }
  return wrong("has no kind");
}

}  // namespace

Result<Parsed> read_key_value(const Key& key, const Value& value, const std::filesystem::path& base) {
  return read_by_kind(key, value, base);
}

}  // namespace shoal::config
