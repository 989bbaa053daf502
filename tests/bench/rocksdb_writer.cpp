#include "rocksdb_writer.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "local_lanes.hpp"
#include "local_module.h"

namespace shoal::bench {

namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) fail("rocksdb: " + status.ToString());
}

std::unique_ptr<rocksdb::DB> open_database(const std::filesystem::path& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  // As the file log does: a file that was written before needs no metadata synced.
  options.recycle_log_file_num = 4;
  rocksdb::DB* database = nullptr;
  check(rocksdb::DB::Open(options, directory.string(), &database));
  return std::unique_ptr<rocksdb::DB>(database);
}

}  // namespace

double rocksdb_events_per_second(const std::filesystem::path& directory,
                                 std::span<const std::uint32_t> batches, std::uint64_t events_max) {
  const std::unique_ptr<rocksdb::DB> database = open_database(directory);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string event(EVENT_BYTES, 'e');
  std::array<char, 24> key{};
  std::uint64_t events = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (const std::uint32_t of_batch : batches) {
    if (events >= events_max) break;
    rocksdb::WriteBatch batch;
    for (std::uint32_t i = 0; i < of_batch; ++i) {
      const int size =
          std::snprintf(key.data(), key.size(), "%016llx", static_cast<unsigned long long>(events++));
      check(batch.Put({key.data(), static_cast<std::size_t>(size)}, event));
    }
    check(database->Write(synced, &batch));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(events) / took.count();
}

}  // namespace shoal::bench
