#pragma once
// Bodies between HTTP, which speaks JSON, and messages, which speak the codec of their module. Pure; any
// thread. Bounds: depth 32 both ways; sizes are those of the input, which its giver bounds, times a small
// factor.

#include <string>
#include <string_view>

#include "shoal/abi/base.h"
#include "shoal/base/result.hpp"

namespace shoal::management {

// A request's JSON text in the codec of its message. Empty text is "no body given": an empty object, or no
// bytes for the codec `bytes`. For `bytes` the JSON is a string, meaning its UTF-8 text, or {"base64":
// "..."}, meaning any bytes. ErrorCode::invalid_argument: the text is not one JSON value, is too deep, or
// does not fit the codec.
Result<std::string> transcode(std::string_view json, shoal_codec to);

// A reply's body as JSON text. JSON stays as it is; MessagePack is converted: binary becomes {"base64":
// "..."}, an extension {"base64": "...", "type": N}, a number that is not finite null. `bytes` become a JSON
// string where they are UTF-8 without control characters, else {"base64": "..."}. An empty JSON or
// MessagePack body is null. ErrorCode::failed: the body is not what its codec says.
Result<std::string> to_json(std::string_view body, shoal_codec from);

}  // namespace shoal::management
