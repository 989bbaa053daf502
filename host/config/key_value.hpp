#pragma once
// Checks one value against its key. Pure.

#include <filesystem>
#include <string>

#include "host/config/schema.hpp"
#include "host/config/value.hpp"
#include "shoal/base/result.hpp"

namespace shoal::config {

// The value as its key wants it; relative paths are put behind `base`. The error is bad_config; its message
// is words that follow the key's name: "must be a whole number, not a text". A secret's value is in no
// message.
Result<Parsed> read_key_value(const Key& key, const Value& value, const std::filesystem::path& base);

}  // namespace shoal::config
