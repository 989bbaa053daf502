#pragma once
// A key that a test tells from others by one letter.

#include <cstdint>

#include "cluster/transport/keys.hpp"

namespace shoal::transport {

inline PublicKey key_of(char letter) {
  PublicKey key;
  key.bytes.fill(static_cast<std::uint8_t>(letter));
  return key;
}

}  // namespace shoal::transport
