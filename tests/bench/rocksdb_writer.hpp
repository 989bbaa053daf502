#pragma once
// The same events as in the row append, written to RocksDB by one thread: a synced write batch for each
// commit.

#include <cstdint>
#include <filesystem>
#include <span>

namespace shoal::bench {

// `batches`: how many events each has; taken until there are `events_max`. What fails ends the program.
double rocksdb_events_per_second(const std::filesystem::path& directory,
                                 std::span<const std::uint32_t> batches, std::uint64_t events_max);

}  // namespace shoal::bench
