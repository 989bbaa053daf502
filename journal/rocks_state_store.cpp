#include "journal/rocks_state_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "journal/store_codec.hpp"

namespace shoal::journal {

namespace {

constexpr int kOpenFilesMax = 256;
constexpr int kBackgroundJobs = 2;
constexpr int kFilterBitsAKey = 10;  // one read in a hundred looks for what is not there
constexpr std::size_t kLogBytesMax = 1024 * 1024;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

std::string name_of(LogShard shard) {
  return "type number " + std::to_string(shard.type.value) + " shard " + std::to_string(shard.shard.value);
}

// A block of the database that does not have its checksum is as damaged as a value that does not.
Error failed_to(std::string_view what, LogShard shard, const rocksdb::Status& status) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::refused : ErrorCode::failed;
  return error(
      code, "the state store cannot " + std::string(what) + " " + name_of(shard) + ": " + status.ToString());
}

Error damaged(std::string_view what, LogShard shard) {
  return error(ErrorCode::refused,
               "the state store's " + std::string(what) + " of " + name_of(shard) + " is damaged");
}

Result<ReadState> state_from(LogShard shard, std::string_view key, std::string_view value) {
  const auto state = state_of(key, value);
  if (!state) return damaged("state of an entity", shard);
  return ReadState{std::string(state->entity), state->revision, state->version, std::string(state->bytes)};
}

rocksdb::Options database_options(const StoreOptions& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsAKey));
  rocksdb::Options database;
  database.create_if_missing = true;
  database.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  database.write_buffer_size = options.cache_bytes / 8;
  database.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.cache_bytes / 4, cache);
  database.max_total_wal_size = options.cache_bytes;
  database.max_open_files = kOpenFilesMax;
  database.max_background_jobs = kBackgroundJobs;
  database.info_log_level = rocksdb::WARN_LEVEL;
  database.max_log_file_size = kLogBytesMax;
  database.keep_log_file_num = 2;
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  return database;
}

class RocksWalk final : public StoreWalk {
 public:
  RocksWalk(rocksdb::DB& database, LogShard shard)
      : shard_(shard), end_(states_end(shard)), end_slice_(slice(end_)) {
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &end_slice_;
    options.fill_cache = false;  // what is walked over is not what comes back
    at_.reset(database.NewIterator(options));
    at_->Seek(slice(states_begin(shard)));
  }

  Result<std::optional<ReadState>> next() override {
    if (!at_->Valid()) {
      if (!at_->status().ok()) return failed_to("walk over", shard_, at_->status());
      return std::optional<ReadState>();
    }
    SHOAL_TRY(state, state_from(shard_, view(at_->key()), view(at_->value())));
    at_->Next();
    return std::optional(std::move(state));
  }

 private:
  LogShard shard_;
  std::string end_;
  rocksdb::Slice end_slice_;  // the iterator looks at it
  std::unique_ptr<rocksdb::Iterator> at_;
};

class RocksStateStore final : public StateStore {
 public:
  explicit RocksStateStore(std::unique_ptr<rocksdb::DB> database) : database_(std::move(database)) {}

  Result<std::optional<StoreMark>> mark(LogShard shard) override {
    std::string value;
    const rocksdb::Status status = database_->Get({}, slice(mark_key(shard)), &value);
    if (status.IsNotFound()) return std::optional<StoreMark>();
    if (!status.ok()) return failed_to("read the mark of", shard, status);
    const auto mark = mark_of(shard, value);
    if (!mark) return damaged("mark", shard);
    return mark;
  }

  Result<void> write(LogShard shard, std::span<const StoredState> states, const StoreMark& mark) override {
    rocksdb::WriteBatch batch;
    rocksdb::Status status = batch.Put(slice(mark_key(shard)), slice(mark_value(shard, mark)));
    for (auto state = states.begin(); status.ok() && state != states.end(); ++state) {
      const std::string key = state_key(shard, state->entity);
      status = batch.Put(slice(key), slice(state_value(key, *state)));
    }
    if (status.ok()) status = database_->Write({}, &batch);
    if (!status.ok()) return failed_to("write", shard, status);
    return success();
  }

  Result<std::vector<std::optional<ReadState>>> read(LogShard shard,
                                                     std::span<const std::string_view> entities) override {
    std::vector<std::string> keys;
    for (const std::string_view entity : entities) keys.push_back(state_key(shard, entity));
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_->MultiGet({}, database_->DefaultColumnFamily(), keys.size(), slices.data(), values.data(),
                        statuses.data());
    std::vector<std::optional<ReadState>> states(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return failed_to("read a state of", shard, statuses[i]);
      SHOAL_TRY(state, state_from(shard, keys[i], view(values[i])));
      states[i] = std::move(state);
    }
    return states;
  }

  std::unique_ptr<StoreWalk> walk(LogShard shard) override {
    return std::make_unique<RocksWalk>(*database_, shard);
  }

  Result<void> drop(LogShard shard) override {
    rocksdb::WriteBatch batch;
    rocksdb::Status status = batch.Delete(slice(mark_key(shard)));
    if (status.ok()) status = batch.DeleteRange(slice(states_begin(shard)), slice(states_end(shard)));
    if (status.ok()) status = database_->Write({}, &batch);
    if (!status.ok()) return failed_to("forget", shard, status);
    return success();
  }

  StoreSize size() override { return {number("estimate-num-keys"), number("total-sst-files-size")}; }

 private:
  std::uint64_t number(const std::string& property) {
    std::uint64_t number = 0;
    database_->GetIntProperty("rocksdb." + property, &number);
    return number;
  }

  std::unique_ptr<rocksdb::DB> database_;
};

struct OpenedDatabase {
  std::unique_ptr<rocksdb::DB> database;
  rocksdb::Status status;
};

OpenedDatabase open_database(const rocksdb::Options& options, const std::string& directory) {
  rocksdb::DB* database = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, directory, &database);
  return {std::unique_ptr<rocksdb::DB>(database), std::move(status)};
}

struct Found {
  StoreBeginning beginning = StoreBeginning::as_left;
  std::string why;
};

// Whether a database that could be opened is such a store.
Found look_at(rocksdb::DB& database) {
  std::string value;
  const rocksdb::Status status = database.Get({}, slice(version_key()), &value);
  if (!status.ok() && !status.IsNotFound()) return {StoreBeginning::damaged, status.ToString()};
  if (!status.ok() || !is_version(value)) return {StoreBeginning::damaged, "it is of no version known here"};
  return {};
}

// A database without the file that says what it consists of: what lies there beside it is not believed.
Found look_at(const std::filesystem::path& directory) {
  std::error_code unseen;
  if (std::filesystem::exists(directory / "CURRENT", unseen)) return {};
  const bool is_empty = std::filesystem::is_empty(directory, unseen) || unseen;
  if (is_empty) return {StoreBeginning::made, "there was none"};
  return {StoreBeginning::damaged, "a part of its files is gone"};
}

}  // namespace

Result<OpenedStore> open_rocks_state_store(const StoreOptions& options) {
  const rocksdb::Options database_settings = database_options(options);
  std::error_code made;
  std::filesystem::create_directories(options.directory, made);
  const std::string name = "the state store in " + options.directory;
  Found found = look_at(std::filesystem::path(options.directory));
  if (found.beginning == StoreBeginning::as_left) {
    OpenedDatabase opened = open_database(database_settings, options.directory);
    found = opened.status.ok() ? look_at(*opened.database)
                               : Found{StoreBeginning::damaged, opened.status.ToString()};
    if (found.beginning == StoreBeginning::as_left)
      return OpenedStore{std::make_unique<RocksStateStore>(std::move(opened.database)), found.beginning, {}};
  }
  // It takes the database's lock first, so that one which another process has stays as it is.
  const rocksdb::Status destroyed = rocksdb::DestroyDB(options.directory, database_settings);
  if (!destroyed.ok()) {
    return error(ErrorCode::already_exists, name + " cannot be made anew: " + destroyed.ToString() +
                                                ": end the process that has it open");
  }
  OpenedDatabase opened = open_database(database_settings, options.directory);
  if (opened.status.ok()) {
    opened.status = opened.database->Put({}, slice(version_key()), slice(version_value()));
  }
  if (!opened.status.ok()) {
    return error(ErrorCode::failed, name + " cannot be made: " + opened.status.ToString() +
                                        ": see to the directory and its disk");
  }
  return OpenedStore{std::make_unique<RocksStateStore>(std::move(opened.database)), found.beginning,
                     name + " is made anew: " + found.why};
}

}  // namespace shoal::journal
