#pragma once
// JSON text from outside: checked before anything is built from it. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::management {

inline constexpr std::size_t json_depth_max = 32;  // nested arrays and objects

// Ok where `text` is exactly one JSON value in UTF-8 and no deeper than `json_depth_max`; else
// invalid_argument.
Result<void> check_json(std::string_view text);

// One member of an object; `value` is its text as written, a view into the object's text.
struct JsonMember {
  std::string name;
  std::string_view value;
};

// The members of the object `text` in their order, checked as above. invalid_argument also where it is no
// object or a name comes twice.
Result<std::vector<JsonMember>> json_members(std::string_view text);

}  // namespace shoal::management
