#pragma once
// Percent-encoding (RFC 3986) of entity ids and type names: arbitrary bytes as one segment of a path. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace shoal::management {

// Every byte that may not stand in a path segment as it is becomes %XX (upper case), so that the result is
// printable ASCII, unique for its bytes, and can be pasted into a URL.
std::string percent_encode(std::string_view bytes);

// The bytes back. Nothing where a `%` is not followed by two hexadecimal digits. A `+` is a plus.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace shoal::management
