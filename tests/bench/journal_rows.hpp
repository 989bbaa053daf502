#pragma once
// The rows of the journal: one run of each, in a process of its own and in a directory that is empty.

#include <cstdint>
#include <filesystem>

#include "local_rows.hpp"

namespace shoal::bench {

// Events a second that are appended and count; the same commits written to one file; and the same events
// written to RocksDB.
struct AppendFigures {
  double per_second = 0;
  double raw_per_second = 0;
  double rocksdb_per_second = 0;
};
AppendFigures measure_append(const std::filesystem::path& directory, std::uint64_t events);

// Microseconds until an ask that persists an event is answered, one at a time; the floor is the time to write
// and sync such a record. Medians.
Figures measure_persist_ask(const LocalLanes::Options& options);
// Such asks a second, 256 at a time.
double measure_persist_asks(LocalLanes::Options options);

// Events a second, from the start of a lane until all shards have answered.
double measure_replay(LocalLanes::Options options, std::uint64_t events);
// Milliseconds from the start of a lane until the first answer of a shard with 100,000 entities.
double measure_takeover(LocalLanes::Options options);

}  // namespace shoal::bench
