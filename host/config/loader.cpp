#include "host/config/loader.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <tuple>
#include <utility>

#include "host/config/consistency.hpp"
#include "host/config/key_value.hpp"
#include "host/config/names.hpp"
#include "host/config/schema.hpp"
#include "host/config/secrets.hpp"
#include "host/config/suggestion.hpp"
#include "host/config/toml_text.hpp"

namespace shoal::config {
namespace {

// A module's element or a type's table on its way through the schema.
struct Element {
  const Section& section;
  const Table& members;
  Origin place;
  std::string path;    // "node", "sources[0]", "types.aircraft"
  std::string header;  // "[node]", "[[sources]]", "[types.aircraft]"
  Target target;
};

// Walks the layered tree along the schema. Used once, for one load.
class Reader {
 public:
  Reader(const LoadOptions& options, std::filesystem::path base)
      : options_(options), base_(std::move(base)) {}

  void read_root(const Table& root) {
    for (const auto& [name, value] : root) {
      if (find_section(name) == nullptr) unknown_section(name, value);
    }
    for (const Section& section : sections()) {
      const auto found = root.find(section.name);
      if (found != root.end()) {
        read_section(section, found->second);
      } else if (section.kind == SectionKind::table) {
        read_section(section, Value{Table{}, {}, {}, {}});
      }
    }
  }

  Loaded loaded;
  std::vector<Problem> problems;
  Places places;

 private:
  void read_section(const Section& section, const Value& value) {
    const std::string name{section.name};
    if (section.kind == SectionKind::list) {
      read_list_section(section, value);
      return;
    }
    const auto* members = std::get_if<Table>(&value.data);
    if (members == nullptr) {
      const char* suffix = section.kind == SectionKind::named ? ".NAME]" : "]";
      report(value.key_origin,
             "'" + name + "' is a table, not " + kind_name(value) + ": write [" + name + suffix);
    } else if (section.kind == SectionKind::named) {
      for (const auto& [type, member] : *members) read_type(section, type, member);
    } else {
      Target target;
      target.config = &loaded.config;
      read_element({section, *members, value.origin, name, "[" + name + "]", target});
    }
  }

  void read_list_section(const Section& section, const Value& value) {
    const std::string name{section.name};
    const auto* list = std::get_if<List>(&value.data);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const Value& element = (*list)[i];
      const auto* members = std::get_if<Table>(&element.data);
      if (members == nullptr) {
        report(element.origin,
               "'" + name + "' holds tables, not " + kind_name(element) + ": write [[" + name + "]]");
        continue;
      }
      const std::string path = name + "[" + std::to_string(i) + "]";
      places.emplace(path, element.origin);
      read_element({section, *members, element.origin, path, "[[" + name + "]]", add_element(section)});
    }
    if (list == nullptr) {
      report(value.key_origin, "'" + name + "' is a list of tables: write [[" + name + "]]");
    }
  }

  void read_type(const Section& section, const std::string& name, const Value& value) {
    const auto* members = std::get_if<Table>(&value.data);
    if (members == nullptr) {
      report(value.key_origin, "'types." + name + "' is a table: write [types.NAME]");
      return;
    }
    if (const std::string_view problem = type_name_problem(name); !problem.empty()) {
      report(value.key_origin, "type name '" + name + "' " + std::string{problem});
      return;
    }
    Target target = add_element(section);
    target.type->name = name;
    read_element(
        {section, *members, value.origin, "types." + name, "[types." + write_toml_key(name) + "]", target});
  }

  Target add_element(const Section& section) {
    Target target;
    Config& config = loaded.config;
    if (section.name == "modules") target.module = &config.modules.emplace_back();
    if (section.name == "types") target.type = &config.types.emplace_back();
    if (section.name == "sources") target.source = &config.sources.emplace_back();
    if (section.name == "sinks") target.sink = &config.sinks.emplace_back();
    return target;
  }

  void read_element(const Element& element) {
    for (const auto& [name, value] : element.members) {
      if (find_key(element.section.name, name) == nullptr) unknown_key(element, name, value);
    }
    bool first = element.section.kind == SectionKind::list;
    for (const Key& key : keys()) {
      if (key.section != element.section.name) continue;
      const auto found = element.members.find(key.name);
      const std::size_t settings_before = loaded.settings.size();
      if (found != element.members.end()) {
        read_value(element, key, found->second);
      } else {
        read_default(element, key);
      }
      if (first && loaded.settings.size() > settings_before) {
        loaded.settings[settings_before].begins_element = true;
        first = false;
      }
    }
  }

  void read_default(const Element& element, const Key& key) {
    switch (key.default_rule) {
      case Default::literal:
        read_value(element, key, *read_toml_value(key.literal));
        break;
      case Default::required:
        report(element.place, element.header + " needs '" + std::string{key.name} + "'");
        break;
      case Default::absent:
        break;
      case Default::host_name:
        read_value(element, key, Value{options_.host_name, {}, {}, {}});
        break;
      case Default::hardware_threads:
        read_value(element, key, Value{std::int64_t{std::max(options_.hardware_threads, 1U)}, {}, {}, {}});
        break;
      case Default::type_of_source:
        // Without a type there is an error about that already.
        if (!element.target.source->type.empty()) {
          read_value(element, key, Value{element.target.source->type, {}, {}, {}});
        }
        break;
      case Default::start_of_source: {
        const bool in_group = element.target.source->offsets == OffsetKeeper::group;
        read_value(element, key, Value{in_group ? "committed" : "earliest", {}, {}, {}});
        break;
      }
    }
  }

  void read_value(const Element& element, const Key& key, const Value& value) {
    const std::string path = element.path + "." + std::string{key.name};
    Result<Parsed> parsed = read_key_value(key, value, base_);
    if (!parsed) {
      report(value.origin, "'" + path + "' " + parsed.error().message);
      return;
    }
    add_settings(element, key, shown_value(parsed.value(), value));
    if (key.store != nullptr) key.store(element.target, std::move(parsed).value());
  }

  // The value as it counts: paths in full, texts as texts.
  static Value shown_value(const Parsed& parsed, const Value& value) {
    Value shown = value;
    if (const auto* text = std::get_if<std::string>(&parsed)) {
      shown.data = *text;
    } else if (const auto* path = std::get_if<std::filesystem::path>(&parsed)) {
      shown.data = path->string();
    } else if (const auto* paths = std::get_if<std::vector<std::filesystem::path>>(&parsed)) {
      List list;
      for (const auto& element : *paths) list.push_back(Value{element.string(), {}, {}, {}});
      shown.data = std::move(list);
    } else if (const auto* texts = std::get_if<std::map<std::string, std::string>>(&parsed)) {
      auto& members = std::get<Table>(shown.data);
      for (const auto& [name, member] : *texts) members.at(name).data = member;
    }
    return shown;
  }

  void add_settings(const Element& element, const Key& key, const Value& value) {
    const std::string path = element.path + "." + std::string{key.name};
    if (key.kind != Kind::text_map && key.kind != Kind::json_table) {
      add_setting(element.header, path, key.name, value);
      return;
    }
    // `[modules.config]` behind `[[modules]]` belongs to that element.
    const std::string& owner =
        element.section.kind == SectionKind::list ? std::string{element.section.name} : element.path;
    for (const auto& [name, member] : std::get<Table>(value.data)) {
      add_setting("[" + owner + "." + std::string{key.name} + "]", path + "." + name, name, member);
    }
  }

  void add_setting(const std::string& header, const std::string& path, std::string_view key,
                   const Value& value) {
    loaded.settings.push_back({header, path, write_toml_key(key), write_toml(masked(key, value)),
                               to_text(value.key_origin), false,
                               std::hash<std::string>{}(write_toml(value))});
  }

  void unknown_section(const std::string& name, const Value& value) {
    std::vector<std::string> names;
    for (const Section& section : sections()) names.emplace_back(section.name);
    std::string meant = nearest(name, names);
    if (meant.empty()) meant = same_name_elsewhere(name);
    report_unknown(value, name, meant);
  }

  void unknown_key(const Element& element, const std::string& name, const Value& value) {
    std::vector<std::string> names;
    for (const Key& key : keys()) {
      if (key.section == element.section.name) names.emplace_back(key.name);
    }
    const std::string near = nearest(name, names);
    const std::string meant = near.empty() ? same_name_elsewhere(name) : element.path + "." + near;
    report_unknown(value, element.path + "." + name, meant);
  }

  // A key that was written into the wrong table.
  static std::string same_name_elsewhere(std::string_view name) {
    const auto all = keys();
    const auto found = std::ranges::find(all, name, &Key::name);
    return found == all.end() ? "" : pattern(*found);
  }

  void report_unknown(const Value& value, const std::string& path, const std::string& meant) {
    report(value.key_origin, "unknown key '" + path + "'" +
                                 (meant.empty() ? ": see configs/reference.toml for every key"
                                                : ": did you mean '" + meant + "'?"));
  }

  void report(const Origin& origin, std::string text) { problems.push_back({origin, std::move(text)}); }

  const LoadOptions& options_;
  std::filesystem::path base_;
};

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return error(ErrorCode::bad_config,
                 path.string() + ": the file cannot be opened: check --config and its rights");
  }
  std::ostringstream text;
  // Into the stream's buffer: whatever goes wrong on the way is a state of the stream, not an exception. An
  // empty file gives nothing to write, which is no error.
  if (stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (stream.bad() || text.fail()) {
    return error(ErrorCode::bad_config, path.string() + ": the file cannot be read: is it a file?");
  }
  return std::move(text).str();
}

Error all_problems(std::vector<Problem> problems) {
  std::ranges::stable_sort(problems, {}, [](const Problem& problem) {
    return std::tuple{problem.origin.layer, problem.origin.line, problem.origin.column};
  });
  std::string message;
  for (const Problem& problem : problems) {
    message += (message.empty() ? "" : "\n");
    if (problem.origin.layer != Layer::built_in) message += to_text(problem.origin) + ": ";
    message += problem.text;
  }
  return error(ErrorCode::bad_config, std::move(message));
}

}  // namespace

Result<Loaded> load(const LoadOptions& options) {
  if (!options.file) return load_text("", options);
  SHOAL_TRY(text, read_file(options.working_directory / *options.file));
  return load_text(text, options);
}

Result<Loaded> load_text(std::string_view text, const LoadOptions& options) {
  SHOAL_TRY(root, read_toml(text, options.file ? options.file->string() : std::string{}));
  flatten_text_maps(root);
  const std::filesystem::path base =
      options.file ? (options.working_directory / *options.file).parent_path() : options.working_directory;
  Reader reader{options, base};
  lay_environment(root, options.environment, reader.problems);
  for (const std::string& assignment : options.sets) lay_set(root, assignment, reader.problems);
  reader.read_root(std::get<Table>(root.data));
  if (reader.problems.empty()) check_consistency(reader.loaded.config, reader.places, reader.problems);
  if (!reader.problems.empty()) return all_problems(std::move(reader.problems));
  return std::move(reader.loaded);
}

}  // namespace shoal::config
