#include "host/config/explain.hpp"

#include <algorithm>
#include <cctype>

#include "host/config/schema.hpp"
#include "host/config/suggestion.hpp"

namespace shoal::config {
namespace {

bool is_index(std::string_view word) {
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}

// What stands before the first dot; the rest keeps what is behind it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('.'), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

// As the patterns are written: without the index or the name of an element.
std::string pattern_of(std::string_view written) {
  std::string_view rest = written;
  std::string_view first = take_word(rest);
  first = first.substr(0, first.find('['));
  const Section* section = find_section(first);
  if (section == nullptr || rest.empty()) return std::string{written};
  std::string pattern{first};
  if (section->kind == SectionKind::list) {
    pattern += "[]";
    std::string_view behind = rest;
    if (is_index(take_word(behind))) rest = behind;
  } else if (section->kind == SectionKind::named) {
    pattern += ".NAME";
    std::string_view behind = rest;
    take_word(behind);
    if (!behind.empty()) rest = behind;
  }
  return pattern + "." + std::string{rest};
}

bool holds_any_key(const Key& key) { return key.kind == Kind::text_map || key.kind == Kind::json_table; }

const Key* find_pattern(std::string_view wanted) {
  for (const Key& key : keys()) {
    const std::string known = pattern(key);
    if (wanted == known || (holds_any_key(key) && wanted.starts_with(known + "."))) return &key;
  }
  return nullptr;
}

std::string range_of(const Key& key) {
  return std::to_string(key.min) + " to " + std::to_string(key.max) +
         (key.unit.empty() ? "" : " " + std::string{key.unit});
}

std::string text_or_choices(const Key& key) {
  if (key.choices.empty()) return "text";
  std::string listed;
  for (const std::string_view choice : key.choices)
    listed.append(listed.empty() ? "\"" : ", \"").append(choice).append("\"");
  return "one of " + listed;
}

std::string takes(const Key& key) {
  switch (key.kind) {
    case Kind::text:
      return text_or_choices(key);
    case Kind::integer:
      return "a whole number, " + range_of(key);
    case Kind::boolean:
      return "true or false";
    case Kind::text_list:
      return "a list, each " + text_or_choices(key);
    case Kind::integer_list:
      return "a list of whole numbers, each " + range_of(key);
    case Kind::path:
      return "a path; a relative one is relative to the file";
    case Kind::path_list:
      return "a list of paths; relative ones are relative to the file";
    case Kind::text_map:
      return "a table of texts, whose keys have names of their own";
    case Kind::json_table:
      return "any table";
  }
  return "";
}

std::string default_of(const Key& key) {
  switch (key.default_rule) {
    case Default::literal:
      return std::string{key.literal};
    case Default::required:
      return "none, it must be set";
    case Default::absent:
      return "none";
    case Default::host_name:
      return "the machine's host name";
    case Default::hardware_threads:
      return "as many threads as the machine runs at once";
    case Default::type_of_source:
      return "the source's `type`";
    case Default::start_of_source:
      return "\"committed\" where the group keeps the offsets, else \"earliest\"";
  }
  return "";
}

// NAME and 0 stand for the name or the number of an element.
std::string variable_of(const Key& key) {
  std::string name = "SHOAL_" + std::string{key.section};
  const SectionKind kind = find_section(key.section)->kind;
  if (kind == SectionKind::named) name += "__NAME";
  if (kind == SectionKind::list) name += "__0";
  name.append("__").append(key.name);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return name;
}

}  // namespace

std::vector<std::string> key_patterns() {
  std::vector<std::string> patterns;
  for (const Key& key : keys()) patterns.push_back(pattern(key));
  return patterns;
}

Result<std::string> explain(std::string_view written) {
  const std::string wanted = pattern_of(written);
  const Key* key = find_pattern(wanted);
  if (key == nullptr) {
    const std::string meant = nearest(wanted, key_patterns());
    return error(ErrorCode::bad_config, "unknown key '" + std::string{written} + "': " +
                                            (meant.empty() ? "`shoal print-config` shows every key"
                                                           : "did you mean '" + meant + "'?"));
  }
  std::string text = pattern(*key) + ": " + std::string{key->doc} + "\n";
  text += "  takes: " + takes(*key) + "\n";
  text += "  default: " + default_of(*key) + "\n";
  text += "  environment: " + variable_of(*key) + "\n";
  text += changes_at_run_time(*key) ? "  changes with SIGHUP\n" : "  a change takes a restart\n";
  return text;
}

}  // namespace shoal::config
