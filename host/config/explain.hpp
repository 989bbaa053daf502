#pragma once
// What one key of the configuration means and takes, from the table of keys. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::config {

// For people, some lines. A key is written as in a file ("node.lanes"), by its pattern ("types.NAME.shards"),
// or as one element has it ("types.aircraft.shards", "sources[0].topics", "sources.0.topics"). bad_config,
// with the key that was meant, where there is none.
Result<std::string> explain(std::string_view key);

// The patterns of all keys, in the order of the table.
std::vector<std::string> key_patterns();

}  // namespace shoal::config
