#pragma once
// JSON on one line. Pure.

#include <string>
#include <string_view>

namespace shoal::command {

// The JSON text without the blanks and line breaks between its values. Numbers and texts stay as they are
// written. Requires: `json` is JSON.
std::string on_one_line(std::string_view json);

}  // namespace shoal::command
