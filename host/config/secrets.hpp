#pragma once
// What must not be shown. Everything that prints configuration, logs or status goes through here. Pure.

#include <string>
#include <string_view>

#include "host/config/value.hpp"

namespace shoal::config {

inline constexpr std::string_view secret_mask = "********";

// True for keys whose value is a secret: passwords, tokens, private keys, credentials. Case and the
// separators
// `.`, `_` and `-` make no difference.
bool is_secret_key(std::string_view key);

// The text with the user part of every URL (`scheme://user:password@host`) masked.
std::string mask_urls(std::string_view text);

// A copy that can be shown under `key`: secrets and the user parts of URLs are masked, at any depth.
Value masked(std::string_view key, const Value& value);

}  // namespace shoal::config
