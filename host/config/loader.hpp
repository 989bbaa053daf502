#pragma once
// Reads a host's configuration: defaults < file < environment < --set. Reads the named file and nothing else;
// the machine and the environment come in as arguments.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/config.hpp"
#include "host/config/layers.hpp"
#include "shoal/base/result.hpp"

namespace shoal::config {

struct LoadOptions {
  std::optional<std::filesystem::path> file;  // none: defaults, environment and --set only
  Environment environment;
  std::vector<std::string> sets;            // "a.b=c", later ones win
  std::filesystem::path working_directory;  // absolute; relative paths are relative to the file, else to this
  std::string host_name;                    // node.name's default
  std::uint32_t hardware_threads = 1;       // node.lanes' default
};

// One value as it counts, ready to be shown: secrets are masked.
struct Setting {
  std::string header;           // of its TOML table: "[node]", "[[sources]]", "[types.aircraft.config]"
  std::string path;             // "node.lanes", "sources[0].topics", "types.aircraft.config.limit"
  std::string key;              // as TOML writes it inside its table
  std::string value;            // TOML on one line
  std::string origin;           // "default", "FILE:LINE:COLUMN", "environment NAME", "--set KEY"
  bool begins_element = false;  // the first setting of an element of a list
  std::size_t digest = 0;       // of the value before it was masked: equal values have equal digests
};

struct Loaded {
  Config config;
  std::vector<Setting> settings;  // every key, in the order of the schema
};

// The error is bad_config; its message has one line for each thing that is wrong, all of them at once, each
// with its place: "FILE:LINE:COLUMN: unknown key 'node.lane': did you mean 'node.lanes'?".
Result<Loaded> load(const LoadOptions& options);

// The same for a file whose text is at hand; `options.file` is its name. Pure.
Result<Loaded> load_text(std::string_view text, const LoadOptions& options);

// The settings as a TOML document with the origin of each behind it.
std::string to_toml(const std::vector<Setting>& settings);

}  // namespace shoal::config
