#pragma once
// Every key of the configuration, declared once. The loader, the unknown-key suggestions, print-config, the
// environment's names and the test that keeps configs/reference.toml complete all read this table.
// Constant data: any thread may read it, views live as long as the program.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/config/config.hpp"

namespace shoal::config {

enum class SectionKind {
  table,  // [node]
  list,   // [[sources]]
  named,  // [types.NAME]
};

struct Section {
  std::string_view name;
  SectionKind kind;
  std::string_view doc;
};

enum class Kind {
  text,
  integer,
  boolean,
  text_list,
  integer_list,  // each within the range
  path,          // relative ones are relative to the file
  path_list,     // likewise
  text_map,      // any key, its value as text; nested tables are joined with dots
  json_table,    // any table, handed on as JSON
};

// What a key has when nobody sets it.
enum class Default {
  literal,           // `literal`
  required,          // it must be set
  absent,            // nothing
  host_name,         // the machine's host name
  hardware_threads,  // how many threads the machine runs at once
  type_of_source,    // the value of `type` beside it
  start_of_source,   // "committed" where `offsets` beside it is "group", else "earliest"
};

// A checked value on its way into Config.
using Parsed =
    std::variant<std::string, std::uint64_t, bool, std::vector<std::string>, std::vector<std::uint32_t>,
                 std::filesystem::path, std::vector<std::filesystem::path>,
                 std::map<std::string, std::string>, ModuleTable>;

// Where a key's value goes: the configuration and, in a list or a named section, its element.
struct Target {
  Config* config = nullptr;
  Module* module = nullptr;
  EntityType* type = nullptr;
  Source* source = nullptr;
  Sink* sink = nullptr;
};

struct Key {
  std::string_view section;
  std::string_view name;
  Kind kind = Kind::text;
  Default default_rule = Default::literal;
  std::string_view literal = {};                   // TOML
  std::uint64_t min = 0;                           // integers and lists of them only
  std::uint64_t max = 0;                           // likewise, of a list at most 2^32 - 1
  std::string_view unit = {};                      // integers only: "ms", "records", …
  std::span<const std::string_view> choices = {};  // empty: any text
  // What is wrong with a text, or empty; asked for each element of a list of texts.
  std::string_view (*problem)(std::string_view text) = nullptr;
  void (*store)(const Target&, Parsed&&) = nullptr;  // null: checked only
  // Not null: a running host takes a new value on SIGHUP, and this copies it. Else it takes a restart.
  void (*take_over)(Config& running, const Config& next) = nullptr;
  // The same of a key of a type.
  void (*take_over_type)(EntityType& running, const EntityType& next) = nullptr;
  std::string_view doc = {};
};

// In the order in which print-config shows them.
std::span<const Section> sections();
std::span<const Key> keys();

const Section* find_section(std::string_view name);
const Key* find_key(std::string_view section, std::string_view name);

inline bool changes_at_run_time(const Key& key) {
  return key.take_over != nullptr || key.take_over_type != nullptr;
}

// "node.lanes", "sources[].topics", "types.NAME.shards".
std::string pattern(const Key& key);

}  // namespace shoal::config
