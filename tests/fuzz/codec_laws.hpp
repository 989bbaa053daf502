#pragma once
// What holds for every codec and every input: refusing unknown fields takes less than skipping them and gives
// the same value, and what was read is written so that it reads back.

#include <optional>
#include <string>
#include <string_view>

#include "sample_struct.hpp"
#include "shoal/codec.hpp"
#include "target.hpp"

namespace shoal::fuzz {

inline std::optional<Sample> decoded(const Codec& codec, std::string_view bytes, UnknownFields unknown) {
  try {
    return decode<Sample>(codec, bytes, unknown);
  } catch (const DecodeError&) {
    return std::nullopt;
  }
}

// The value, where the bytes are one.
inline std::optional<Sample> check_codec(const Codec& codec, std::string_view bytes) {
  auto value = decoded(codec, bytes, UnknownFields::skip);
  const auto strict = decoded(codec, bytes, UnknownFields::refuse);
  require(value || !strict, "what is taken with unknown fields refused is taken with them skipped");
  if (!value) return std::nullopt;
  const std::string written = encode(codec, *value);
  require(!strict || encode(codec, *strict) == written, "both read the same value");
  const auto again = decoded(codec, written, UnknownFields::refuse);
  require(again.has_value(), "what was written can be read");
  require(encode(codec, *again) == written, "what was read back is the same value");
  return value;
}

}  // namespace shoal::fuzz
