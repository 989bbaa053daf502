#pragma once
// The state store in RocksDB: one database for all durable shards of a host. FORMAT.md has its keys and
// values.
//
// Bounds: blocks that were read and what is not yet in a file share `cache_bytes` of memory; 256 files are
// open at most; RocksDB's own log has two files of 1 MiB. RocksDB has two threads of its own.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "journal/state_store.hpp"

namespace shoal::journal {

struct StoreOptions {
  std::string directory;  // made where it is not there
  std::size_t cache_bytes = 64 * 1024 * 1024;
};

// How the database was found.
enum class StoreBeginning : std::uint8_t {
  as_left,  // as the last host left it
  made,     // there was none
  damaged,  // it could not be opened or said nothing that can be believed: thrown away, made anew
};

struct OpenedStore {
  std::unique_ptr<StateStore> store;
  StoreBeginning beginning = StoreBeginning::as_left;
  std::string message;  // for the log of the host, where it is not as it was left
};

// already_exists: another process has the database open; it is left alone. failed: not even a new one can be
// made; the message names the directory.
Result<OpenedStore> open_rocks_state_store(const StoreOptions& options);

}  // namespace shoal::journal
