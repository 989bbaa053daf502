#pragma once
// Borrowed bytes between the ABI's shoal_bytes and std::string_view.

#include <cstdint>
#include <string_view>

#include "shoal/abi/base.h"

namespace shoal {

// Requires: `text` outlives the result. Never null: an empty view gives empty bytes.
inline shoal_bytes to_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data() == nullptr ? "" : text.data()), text.size()};
}

inline constexpr shoal_bytes null_bytes{nullptr, 0};

inline bool is_null(shoal_bytes bytes) { return bytes.data == nullptr; }

// Null becomes an empty view.
inline std::string_view to_view(shoal_bytes bytes) {
  return bytes.data == nullptr ? std::string_view{}
                               : std::string_view{reinterpret_cast<const char*>(bytes.data), bytes.size};
}

}  // namespace shoal
