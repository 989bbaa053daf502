#pragma once
// Lays the environment and --set over what the file says. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/config/value.hpp"
#include "shoal/base/result.hpp"

namespace shoal::config {

// Variable names and values, as the process got them.
using Environment = std::vector<std::pair<std::string, std::string>>;

// Joins nested tables below keys that map any name to a text: `client.security.protocol` and
// `client."security.protocol"` are the same.
void flatten_text_maps(Value& root);

// Lays every variable that names a configuration key over `root`. SHOAL_A__B sets `a.b`; the names of
// existing keys are found whatever their case, new ones are written in lower case; an element of a list is
// named by its index from 0. Variables without `__` whose name is not a section are not the configuration's.
// Messages of what could not be laid go to `problems`.
void lay_environment(Value& root, const Environment& environment, std::vector<Problem>& problems);

// Lays one `a.b=c` over `root`; c is TOML, or else text.
void lay_set(Value& root, std::string_view assignment, std::vector<Problem>& problems);

}  // namespace shoal::config
