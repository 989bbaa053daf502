#pragma once
// TOML in and out. The only place that knows the TOML library. Pure: text in, values out.

#include <optional>
#include <string>
#include <string_view>

#include "host/config/value.hpp"
#include "shoal/base/result.hpp"

namespace shoal::config {

// A whole document. `name` is what messages call it. The error is bad_config with "name:line:column: reason".
Result<Value> read_toml(std::string_view text, const std::string& name);

// Neither of the next two has a place: their origin is built_in.
// One value such as `5`, `"a"` or `[1, 2]`; none if the text is not exactly one TOML value.
std::optional<Value> read_toml_value(std::string_view text);

// A dotted key such as `kafka.client."ssl.ca.location"` with the value in its place, as nested tables; none
// if the text is not a key.
std::optional<Value> read_toml_key(std::string_view key, Value value);

// A value on one line; tables become inline tables.
std::string write_toml(const Value& value);

// A key as TOML writes it: quoted where it must be.
std::string write_toml_key(std::string_view key);

}  // namespace shoal::config
