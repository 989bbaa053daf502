#pragma once
// The number that stands for an event in a journal: the CRC32C of the event's name. Pure; any thread.

#include <cstdint>
#include <string_view>

namespace shoal {

// It stays the same wherever the event stands in its type's table. Two events of one type may not have names
// of the same number. event_number("123456789") is 0xe3069283.
constexpr std::uint32_t event_number(std::string_view name) {
  constexpr std::uint32_t polynomial = 0x82f63b78;  // Castagnoli's, reflected
  std::uint32_t sum = ~std::uint32_t{0};
  for (const char letter : name) {
    sum ^= static_cast<unsigned char>(letter);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1U) != 0 ? polynomial : 0U);
  }
  return ~sum;
}

}  // namespace shoal
