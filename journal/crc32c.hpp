#pragma once
// CRC32C (Castagnoli, as in iSCSI and Kafka), with the processor's instruction where it has one. Pure.

#include <cstdint>
#include <string_view>

namespace shoal::journal {

// Of `bytes` after what gave `before`; 0 begins. crc32c("123456789") is 0xe3069283.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same by table, for processors without the instruction, and for the test of the other.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace shoal::journal
