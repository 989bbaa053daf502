#pragma once
// The checksums of records that stand one behind the other (FORMAT.md), several at a time. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shoal::journal {

// Gives records their checksums: as many from the begin of `records` as have so many bytes together, but at
// least one. Gives their bytes. The `seed` is of the place where they stand, so that they are not believed
// elsewhere. Requires: as sums_hold.
std::size_t sum_up(std::span<char> records, std::size_t bytes_max, std::uint32_t seed);

// Of all of them. Requires: their lengths lead to the end of `records`.
bool sums_hold(std::string_view records, std::uint32_t seed);

}  // namespace shoal::journal
