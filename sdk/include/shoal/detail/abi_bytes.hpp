#pragma once
// Views between C++ and the ABI's borrowed bytes. A std::nullopt is the ABI's null, an empty view is empty
// bytes.

#include <cstdint>
#include <optional>
#include <string_view>

#include "shoal/abi/base.h"

namespace shoal::detail {

inline shoal_bytes to_abi(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data() == nullptr ? "" : text.data()), text.size()};
}

inline shoal_bytes to_nullable_abi(std::optional<std::string_view> text) {
  return text ? to_abi(*text) : shoal_bytes{nullptr, 0};
}

inline std::string_view to_view(shoal_bytes bytes) {
  return bytes.data == nullptr ? std::string_view{}
                               : std::string_view{reinterpret_cast<const char*>(bytes.data), bytes.size};
}

inline std::optional<std::string_view> to_optional_view(shoal_bytes bytes) {
  if (bytes.data == nullptr) return std::nullopt;
  return to_view(bytes);
}

}  // namespace shoal::detail
