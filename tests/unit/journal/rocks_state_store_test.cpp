// Goal: what the store gives back is what was written, whole writes only, and whatever is wrong with it is
// said and costs no more than the cache. Method: databases in a temporary directory, whose files are deleted,
// cut and overwritten between two openings, and whose values are overwritten past the store.
#include "journal/rocks_state_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "journal/store_codec.hpp"

namespace shoal::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr LogShard kShard{TypeNumber(7), ShardId(3)};

StoreMark mark_at(std::uint64_t through) { return {Epoch(2), OwnerId(9), Sequence(through), {}, {}}; }
StoredState state(std::string_view entity, std::uint64_t revision, std::string_view bytes) {
  return {entity, revision, 1, bytes};
}

class RocksStateStoreTest : public testing::Test {
 protected:
  RocksStateStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "shoal-store-XXXXXX").string();
    root_ = mkdtemp(name.data());
    directory_ = root_ / "state-store";
  }
  ~RocksStateStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }

  Result<OpenedStore> try_open() const {
    return open_rocks_state_store({directory_.string(), 8 * 1024 * 1024});
  }
  // Closes the one that is open.
  StoreBeginning open() {
    store_.reset();
    auto opened = try_open();
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return StoreBeginning::damaged;
    }
    store_ = std::move(opened.value().store);
    message_ = opened.value().message;
    return opened.value().beginning;
  }

  void write(std::initializer_list<StoredState> states, std::uint64_t through, LogShard shard = kShard) {
    const auto written = store_->write(shard, std::span(states.begin(), states.size()), mark_at(through));
    EXPECT_TRUE(written) << written.error().message;
  }
  // The bytes of the entity's state; "-" where it is not there.
  std::string bytes_of(std::string_view entity, LogShard shard = kShard) {
    const auto read = store_->read(shard, std::span(&entity, 1));
    if (!read) return read.error().message;
    return read.value()[0] ? read.value()[0]->bytes : "-";
  }
  std::uint64_t through(LogShard shard = kShard) {
    const auto mark = store_->mark(shard);
    EXPECT_TRUE(mark) << mark.error().message;
    return mark && mark.value() ? mark.value()->counted.value : 0;
  }
  std::vector<std::string> ids(LogShard shard = kShard) { return rest_of(*store_->walk(shard)); }
  static std::vector<std::string> rest_of(StoreWalk& walk) {
    std::vector<std::string> ids;
    for (;;) {
      auto next = walk.next();
      EXPECT_TRUE(next) << next.error().message;
      if (!next || !next.value()) return ids;
      ids.push_back(next.value()->entity);
    }
  }
  // Puts a value into the database past the store, which is closed for it and open afterwards.
  void plant(const std::string& key, const std::string& value) {
    store_.reset();
    rocksdb::DB* database = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, directory_.string(), &database).ok());
    EXPECT_TRUE(database->Put({}, key, value).ok());
    delete database;
    EXPECT_EQ(open(), StoreBeginning::as_left);
  }
  // Files of the database whose names end so.
  std::vector<std::filesystem::path> files(const std::string& ending) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
    }
    return files;
  }
  // What was written stands in a file of blocks, as after some time. The store is closed.
  std::filesystem::path settle() {
    EXPECT_EQ(open(), StoreBeginning::as_left);  // a database that opens puts its log into such files
    store_.reset();
    const auto tables = files(".sst");
    EXPECT_FALSE(tables.empty());
    return tables.empty() ? std::filesystem::path() : tables.back();
  }
  static void flip(const std::filesystem::path& path, std::uintmax_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
  void expect_anew(const std::string& why) {
    EXPECT_EQ(open(), StoreBeginning::damaged);
    EXPECT_THAT(message_, HasSubstr(directory_.string()));
    EXPECT_THAT(message_, HasSubstr(why));
    EXPECT_EQ(through(), 0U);
    EXPECT_THAT(ids(), IsEmpty());
    write({state("a", 5, "new")}, 50);
    EXPECT_EQ(open(), StoreBeginning::as_left);
    EXPECT_EQ(bytes_of("a"), "new");
  }

  std::filesystem::path root_;
  std::filesystem::path directory_;
  std::unique_ptr<StateStore> store_;
  std::string message_;
};

TEST_F(RocksStateStoreTest, WhatIsWrittenIsThereAfterAnotherOpening) {
  EXPECT_EQ(open(), StoreBeginning::made);
  write({state("a", 3, "first"), state("b", 1, "")}, 10);
  write({state("a", 4, "second")}, 11);
  EXPECT_EQ(open(), StoreBeginning::as_left);
  EXPECT_EQ(message_, "");
  EXPECT_EQ(store_->mark(kShard).value(), mark_at(11));
  const std::vector<std::string_view> asked = {"b", "nobody", "a"};
  const auto read = store_->read(kShard, asked);
  ASSERT_TRUE(read);
  ASSERT_EQ(read.value().size(), 3U);
  EXPECT_EQ(read.value()[0]->view(), state("b", 1, ""));
  EXPECT_FALSE(read.value()[1]);
  EXPECT_EQ(read.value()[2]->view(), state("a", 4, "second"));
  EXPECT_GE(store_->size().entities, 2U);
}

TEST_F(RocksStateStoreTest, ShardsAreApart) {
  open();
  const std::vector<LogShard> shards = {
      {TypeNumber(7), ShardId(2)}, kShard,
      {TypeNumber(7), ShardId(4)}, {TypeNumber(7), ShardId(UINT32_MAX)},
      {TypeNumber(8), ShardId(0)}, {TypeNumber(UINT32_MAX), ShardId(UINT32_MAX)}};
  const std::string last = std::string(1024, '\xff');
  for (const LogShard& shard : shards) write({state("a", 1, "x"), state(last, 1, "y")}, 5, shard);
  for (const LogShard& dropped : shards) {
    ASSERT_TRUE(store_->drop(dropped));
    EXPECT_EQ(through(dropped), 0U);
    EXPECT_THAT(ids(dropped), IsEmpty());
    EXPECT_EQ(bytes_of("a", dropped), "-");
    for (const LogShard& other : shards) {
      if (other == dropped) continue;
      EXPECT_THAT(ids(other), ElementsAre("a", last));
    }
    write({state("a", 1, "x"), state(last, 1, "y")}, 5, dropped);
  }
}

TEST_F(RocksStateStoreTest, AWalkSeesTheStatesOfWhenItBegan) {
  open();
  write({state("b", 1, "x"), state("a", 1, "x"), state("c", 1, "x")}, 5);
  const auto walk = store_->walk(kShard);
  EXPECT_EQ(walk->next().value()->entity, "a");
  write({state("bb", 1, "x"), state("c", 2, "newer")}, 6);
  EXPECT_EQ(walk->next().value()->entity, "b");
  EXPECT_EQ(walk->next().value()->view(), state("c", 1, "x"));
  EXPECT_FALSE(walk->next().value());
  EXPECT_THAT(ids(), ElementsAre("a", "b", "bb", "c"));
}

TEST_F(RocksStateStoreTest, ADamagedStateIsRefusedUntilTheShardIsDropped) {
  open();
  write({state("a", 1, "x"), state("b", 1, "x")}, 5);
  const std::string key = state_key(kShard, "a");
  std::string value = state_value(key, state("a", 1, "x"));
  value.back() = 'y';
  plant(key, value);
  const std::string_view id = "a";
  const auto read = store_->read(kShard, std::span(&id, 1));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::refused);
  EXPECT_THAT(read.error().message, HasSubstr("shard 3"));
  const auto walked = store_->walk(kShard)->next();
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().code, ErrorCode::refused);
  EXPECT_EQ(bytes_of("b"), "x");
  ASSERT_TRUE(store_->drop(kShard));
  EXPECT_EQ(bytes_of("a"), "-");
  EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(RocksStateStoreTest, ADamagedMarkIsRefusedUntilTheShardIsDropped) {
  open();
  write({state("a", 1, "x")}, 5);
  std::string value = mark_value(kShard, mark_at(5));
  value.back() = static_cast<char>(value.back() ^ 1);
  plant(mark_key(kShard), value);
  const auto mark = store_->mark(kShard);
  ASSERT_FALSE(mark);
  EXPECT_EQ(mark.error().code, ErrorCode::refused);
  ASSERT_TRUE(store_->drop(kShard));
  EXPECT_EQ(through(), 0U);
}

TEST_F(RocksStateStoreTest, AFlippedByteInAFileIsRefusedUntilTheShardIsDropped) {
  open();
  std::mt19937 random(1);
  std::string bytes(1000, ' ');
  for (int i = 100; i < 200; ++i) {
    for (char& byte : bytes) byte = static_cast<char>(random());  // does not get shorter when packed
    write({state("e" + std::to_string(i), 1, bytes)}, 5);
  }
  const auto table = settle();
  flip(table, std::filesystem::file_size(table) / 2);
  ASSERT_EQ(open(), StoreBeginning::as_left);
  EXPECT_EQ(through(), 5U);
  std::size_t refused = 0;
  for (int i = 100; i < 200; ++i) {
    const std::string id = "e" + std::to_string(i);
    const std::string_view asked = id;
    const auto read = store_->read(kShard, std::span(&asked, 1));
    if (read) continue;
    EXPECT_EQ(read.error().code, ErrorCode::refused);
    ++refused;
  }
  EXPECT_GE(refused, 1U);
  EXPECT_LE(refused, 10U) << "one block";
  const auto walk = store_->walk(kShard);
  Result<std::optional<ReadState>> next = walk->next();
  while (next && next.value()) next = walk->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::refused);
  ASSERT_TRUE(store_->drop(kShard));
  EXPECT_THAT(ids(), IsEmpty());
  write({state("e150", 2, "new")}, 6);
  EXPECT_THAT(ids(), ElementsAre("e150"));
  EXPECT_EQ(bytes_of("e150"), "new");
}

TEST_F(RocksStateStoreTest, WhereTheFlippedByteHidesWhoseItIsItIsMadeAnew) {
  open();
  write({state("a", 1, "x")}, 5);
  flip(settle(), 20);
  expect_anew("orruption");
}

TEST_F(RocksStateStoreTest, ADeletedDirectoryIsMadeAnew) {
  open();
  write({state("a", 1, "x")}, 5);
  store_.reset();
  std::filesystem::remove_all(directory_);
  EXPECT_EQ(open(), StoreBeginning::made);
  EXPECT_THAT(message_, HasSubstr("there was none"));
  EXPECT_EQ(through(), 0U);
}

TEST_F(RocksStateStoreTest, WithoutOneOfItsFilesTheDatabaseIsMadeAnew) {
  open();
  write({state("a", 1, "x")}, 5);
  store_.reset();
  std::filesystem::remove(directory_ / "CURRENT");
  expect_anew("a part of its files is gone");
  write({state("a", 6, "x")}, 51);
  std::filesystem::remove(settle());
  expect_anew("made anew");
}

TEST_F(RocksStateStoreTest, ADatabaseWithAWrongFileIsMadeAnew) {
  open();
  write({state("a", 1, "x")}, 5);
  store_.reset();
  std::ofstream(directory_ / "CURRENT") << "nonsense";
  expect_anew("made anew");
  write({state("a", 6, "x")}, 51);
  std::filesystem::resize_file(settle(), 10);
  expect_anew("made anew");
}

TEST_F(RocksStateStoreTest, ADatabaseThatDoesNotSayWhoseItIsIsMadeAnew) {
  open();
  write({state("a", 1, "x")}, 5);
  store_.reset();
  rocksdb::DB* database = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, directory_.string(), &database).ok());
  EXPECT_TRUE(database->Put({}, version_key(), "?").ok());
  delete database;
  expect_anew("no version");
}

TEST_F(RocksStateStoreTest, OneThatIsOpenElsewhereIsLeftAlone) {
  open();
  write({state("a", 1, "x")}, 5);
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  EXPECT_EQ(bytes_of("a"), "x");
  write({state("a", 2, "y")}, 6);
  EXPECT_EQ(open(), StoreBeginning::as_left);
  EXPECT_EQ(bytes_of("a"), "y");
}

TEST_F(RocksStateStoreTest, WhereItCannotBeMadeItSaysSo) {
  std::ofstream(directory_.string()) << "a file";
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr(directory_.string()));
}

// Each write raises all revisions by one, and the mark with them. The database's log is cut anywhere, as a
// crash of the machine may.
TEST_F(RocksStateStoreTest, OfAWriteThereIsAllOrNothing) {
  open();
  const std::string bytes(50, 'x');
  for (std::uint64_t i = 1; i <= 5; ++i) write({state("a", i, bytes), state("b", i, bytes)}, i);
  store_.reset();
  const auto whole = root_ / "whole";
  std::filesystem::copy(directory_, whole);
  ASSERT_EQ(files(".log").size(), 1U);
  const auto log = files(".log")[0];
  std::set<std::uint64_t> seen;
  for (std::uintmax_t cut = std::filesystem::file_size(log); cut > 60;
       cut -= std::min<std::uintmax_t>(cut, 29)) {
    std::filesystem::resize_file(log, cut);
    ASSERT_EQ(open(), StoreBeginning::as_left) << message_;
    const std::uint64_t mark = through();
    seen.insert(mark);
    const std::vector<std::string_view> asked = {"a", "b"};
    const auto read = store_->read(kShard, asked);
    ASSERT_TRUE(read) << read.error().message;
    for (const auto& found : read.value()) {
      EXPECT_EQ(found ? found->revision : 0, mark) << "cut at " << cut;
    }
    store_.reset();
    std::filesystem::remove_all(directory_);
    std::filesystem::copy(whole, directory_);
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RocksStateStoreTest, AWriteThatFailsSaysSo) {
  open();
  write({state("a", 1, "x")}, 5);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{64 * 1024, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string much(1024 * 1024, 'x');
  const std::vector<StoredState> states = {state("a", 2, much)};
  const auto written = store_->write(kShard, states, mark_at(6));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::failed);
  EXPECT_EQ(open(), StoreBeginning::as_left);
  EXPECT_EQ(through(), 5U);
  EXPECT_EQ(bytes_of("a"), "x");
}

}  // namespace
}  // namespace shoal::journal
