#pragma once
// CRC32C (Castagnoli, as in iSCSI and Kafka), with the processor's instruction where it has one. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal::journal {

// Of `bytes` after what gave `before`; 0 begins. crc32c("123456789") is 0xe3069283.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// Of several pieces, each after what gave its `before`. A step of a sum waits for the one before it, so that
// a processor gets three done in the time of one.
inline constexpr std::size_t crc32c_lanes = 3;
using Crc32cPieces = std::array<std::string_view, crc32c_lanes>;
using Crc32cSums = std::array<std::uint32_t, crc32c_lanes>;
Crc32cSums crc32c(const Crc32cPieces& pieces, const Crc32cSums& before);

// The same by table, for processors without the instruction, and for the test of the other.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace shoal::journal
