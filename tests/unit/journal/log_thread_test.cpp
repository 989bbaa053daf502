// Goal: a lane's view of the log: outcomes in order, chunks bounded, failures said once. Method: a lane that
// polls when it is woken, on a real directory and on a disk in memory with faults.
#include "journal/log_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>

#include "journal/posix_storage.hpp"
#include "journal/record_codec.hpp"
#include "tests/sim/journal/memory_disk.hpp"

namespace shoal::journal {
namespace {

using testing::HasSubstr;

class Wake {
 public:
  void wake() {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    woken_.notify_one();
  }
  // False: the time ran out.
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool woken = woken_.wait_for(lock, std::chrono::seconds(20), [this] { return is_woken_; });
    is_woken_ = false;
    return woken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
};

// Keeps all that it hears; gives chunks back as it is told to.
class Lane final : public LogListener {
 public:
  void claimed(const Claimed& outcome) override { claims.push_back(outcome); }
  void claim_refused(const ClaimRefused& outcome) override { refusals.push_back(outcome); }
  void counted(const Counted& outcome) override { through[outcome.shard] = outcome.through; }
  void failed(const Failed& outcome) override { failures.push_back(outcome); }
  void read_chunk(const ReadChunk& chunk) override {
    std::string_view bytes = chunk.bytes;
    std::size_t count = 0;
    while (const auto record = take_record(bytes)) {
      sequences[chunk.shard].push_back(header_of(*record)->sequence.value);
      ++count;
    }
    EXPECT_EQ(count, chunk.records);
    if (gives_back) {
      log->give_back(chunk);
    } else {
      kept.push_back(chunk);
    }
  }
  void read_end(const ReadEnd& outcome) override { ends.push_back(outcome); }
  void shard_closed(LogShard shard) override { closed.push_back(shard); }
  void disk_full(const std::string& message) override { full.push_back(message); }
  void disk_has_room() override { ++room; }

  template <class Condition>
  void wait_for(Wake& wake, Condition condition) {
    while (!condition()) {
      while (log->poll(*this)) {
      }
      if (condition()) return;
      ASSERT_TRUE(wake.wait()) << "nothing comes of it";
    }
  }

  ShardLog* log = nullptr;
  bool gives_back = true;
  std::vector<Claimed> claims;
  std::vector<ClaimRefused> refusals;
  std::map<LogShard, Sequence> through;
  std::vector<Failed> failures;
  std::map<LogShard, std::vector<std::uint64_t>> sequences;
  std::vector<ReadChunk> kept;
  std::vector<ReadEnd> ends;
  std::vector<LogShard> closed;
  std::vector<std::string> full;
  int room = 0;
};

// A log with its lane.
struct Side {
  Side(Storage& storage, std::uint64_t segment_bytes) : random(std::random_device{}()) {
    LogThreadOptions options;
    options.log.owner = OwnerId(random());
    options.log.data.segment_bytes = segment_bytes;
    options.log.data.random = [this] { return random(); };
    options.record_bytes_max = 4 * 1024;
    options.chunk_bytes = 4 * 1024;
    options.disk_full_retry_ms = 1;
    options.wake = [this] { wake.wake(); };
    auto started = LogThread::start(storage, std::move(options));
    EXPECT_TRUE(started) << started.error().message;
    log = std::move(started).value();
    lane.log = log.get();
  }

  LogShard claim(std::uint32_t shard) {
    const std::size_t before = lane.claims.size();
    log->claim({"list", ShardId(shard), std::nullopt, 2'000});
    lane.wait_for(wake, [&] { return lane.claims.size() > before || !lane.refusals.empty(); });
    EXPECT_TRUE(lane.refusals.empty()) << lane.refusals.front().message;
    return {type_number("list"), ShardId(shard)};
  }
  Sequence append(LogShard shard) {
    const std::array events{Event{0, 1, "something that is a little longer than nothing"}};
    Turn turn;
    turn.entity = "e";
    turn.events = events;
    return log->append(shard, turn);
  }
  void wait_counted(LogShard shard, Sequence sequence) {
    lane.wait_for(wake, [&] { return lane.through[shard] >= sequence; });
  }

  std::mt19937_64 random;
  Wake wake;
  Lane lane;
  std::unique_ptr<LogThread> log;
};

class LogThreadTest : public testing::Test {
 protected:
  LogThreadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "shoal-journal-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    storage_ = std::move(PosixStorage::open(directory_)).value();
  }
  ~LogThreadTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::unique_ptr<PosixStorage> storage_;
};

TEST_F(LogThreadTest, WhatCountedIsReadByTheNext) {
  constexpr std::uint64_t records = 2'000;
  {
    Side first(*storage_, 64 * 1024);
    std::array<LogShard, 3> shards;
    for (std::uint32_t i = 0; i < 3; ++i) shards[i] = first.claim(i);
    for (std::uint64_t i = 0; i < records; ++i) {
      for (const LogShard shard : shards) EXPECT_EQ(first.append(shard), Sequence(i + 1));
      if (i % 7 == 0) first.log->commit();
      first.log->poll(first.lane);
    }
    first.log->commit();
    for (const LogShard shard : shards) first.wait_counted(shard, Sequence(records));
    EXPECT_TRUE(first.lane.failures.empty()) << first.lane.failures.front().message;
  }
  Side second(*storage_, 64 * 1024);
  for (std::uint32_t i = 0; i < 3; ++i) second.log->read(second.claim(i), Sequence(0));
  second.lane.wait_for(second.wake, [&] { return second.lane.ends.size() == 3; });
  for (const auto& [shard, sequences] : second.lane.sequences) {
    ASSERT_EQ(sequences.size(), records);
    for (std::uint64_t i = 0; i < records; ++i) ASSERT_EQ(sequences[i], i + 1);
  }
  EXPECT_EQ(second.lane.ends.front().records, records);
}

TEST_F(LogThreadTest, ChunksAreHandedOverFourAtATime) {
  {
    Side first(*storage_, 1024 * 1024);
    const LogShard shard = first.claim(0);
    Sequence last;
    for (int i = 0; i < 1'000; ++i) last = first.append(shard);
    first.log->commit();
    first.wait_counted(shard, last);
  }
  Side second(*storage_, 1024 * 1024);
  second.lane.gives_back = false;
  second.log->read(second.claim(0), Sequence(0));
  std::size_t given_back = 0;
  while (second.lane.ends.empty()) {
    second.lane.wait_for(
        second.wake, [&] { return second.lane.kept.size() == given_back + 4 || !second.lane.ends.empty(); });
    ASSERT_LE(second.lane.kept.size(), given_back + 4);
    for (; given_back < second.lane.kept.size(); ++given_back)
      second.log->give_back(second.lane.kept[given_back]);
  }
  EXPECT_GT(given_back, 8U);
  EXPECT_EQ(second.lane.ends.front().records, 1'000U);
}

TEST_F(LogThreadTest, AShardThatIsClosedSaysSoToTheNext) {
  Side first(*storage_, 64 * 1024);
  const LogShard shard = first.claim(0);
  first.append(shard);
  first.log->close(shard);
  first.lane.wait_for(first.wake, [&] { return !first.lane.closed.empty(); });
  Side second(*storage_, 64 * 1024);
  second.claim(0);
  EXPECT_EQ(second.lane.claims.front().earlier_lease_ms, 0U);
  EXPECT_EQ(second.lane.claims.front().next, Sequence(3));
  // It may come back.
  first.claim(0);
}

TEST_F(LogThreadTest, AnOvertakenShardFailsAndTheOthersGoOn) {
  Side first(*storage_, 64 * 1024);
  const LogShard lost = first.claim(0);
  const LogShard kept = first.claim(1);
  Side second(*storage_, 64 * 1024);
  second.claim(0);
  first.append(lost);
  first.append(kept);
  first.log->commit();
  first.wait_counted(kept, Sequence(1));
  first.lane.wait_for(first.wake, [&] { return !first.lane.failures.empty(); });
  EXPECT_EQ(first.lane.failures.front().shard, lost);
  EXPECT_EQ(first.lane.failures.front().reason, LogFailure::newer_claim);
  EXPECT_EQ(first.lane.through.count(lost), 0U);
}

TEST_F(LogThreadTest, AReadHasWhatWasCommittedBeforeItWhileAppendsGoOn) {
  Side side(*storage_, 64 * 1024);
  const std::array shards{side.claim(0), side.claim(1)};
  std::uint64_t appended = 0;
  for (std::size_t round = 1; round <= 20; ++round) {
    for (int i = 0; i < 50; ++i) {
      for (const LogShard shard : shards) side.append(shard);
      ++appended;
      if (i % 5 == 4) side.log->commit();
    }
    const std::uint64_t committed = appended;
    // Both at once, and not waited for what they are to have.
    for (const LogShard shard : shards) side.log->read(shard, Sequence(0));
    for (const LogShard shard : shards) side.append(shard);
    ++appended;
    side.log->commit();
    side.lane.wait_for(side.wake, [&] { return side.lane.ends.size() == 2 * round; });
    for (const LogShard shard : shards) {
      std::vector<std::uint64_t>& sequences = side.lane.sequences[shard];
      ASSERT_EQ(sequences.size(), committed);
      for (std::uint64_t i = 0; i < committed; ++i) ASSERT_EQ(sequences[i], i + 1);
      sequences.clear();
    }
    ASSERT_EQ(side.lane.ends.back().records, committed);
  }
  EXPECT_TRUE(side.lane.failures.empty());
}

TEST_F(LogThreadTest, ReadsOfOneShardAreDoneOneAfterTheOther) {
  Side side(*storage_, 64 * 1024);
  const LogShard shard = side.claim(0);
  for (int i = 0; i < 3; ++i) side.append(shard);
  side.log->commit();
  side.log->read(shard, Sequence(0));
  side.log->read(shard, Sequence(3));
  side.lane.wait_for(side.wake, [&] { return side.lane.ends.size() == 2; });
  EXPECT_EQ(side.lane.sequences[shard], (std::vector<std::uint64_t>{1, 2, 3, 3}));
}

TEST_F(LogThreadTest, ACheckpointLeavesWhatAReadBeforeItHandsOver) {
  Side side(*storage_, 8 * 1024);
  const LogShard shard = side.claim(0);
  Sequence last;
  for (int i = 0; i < 500; ++i) last = side.append(shard);
  side.log->commit();
  side.wait_counted(shard, last);
  side.lane.gives_back = false;
  side.log->read(shard, Sequence(0));
  side.lane.wait_for(side.wake, [&] { return side.lane.kept.size() == 4; });
  const Sequence begin = side.log->append(shard, CheckpointBegin{});
  const Sequence end = side.log->append(shard, CheckpointEnd{begin});
  side.log->commit();
  side.wait_counted(shard, end);
  EXPECT_LT(side.lane.sequences[shard].size(), 500U);
  side.lane.gives_back = true;
  for (const ReadChunk& chunk : side.lane.kept) side.log->give_back(chunk);
  side.lane.wait_for(side.wake, [&] { return side.lane.ends.size() == 1 || !side.lane.failures.empty(); });
  ASSERT_TRUE(side.lane.failures.empty()) << side.lane.failures.front().message;
  EXPECT_EQ(side.lane.sequences[shard].size(), 500U);
  side.lane.sequences.clear();
  side.log->read(shard, Sequence(0));
  side.lane.wait_for(side.wake, [&] { return side.lane.ends.size() == 2; });
  EXPECT_EQ(side.lane.sequences[shard], (std::vector<std::uint64_t>{begin.value, end.value}));
}

TEST_F(LogThreadTest, AShardKeepsWhatStandsBehindItsLastCheckpoint) {
  Side side(*storage_, 16 * 1024);
  const LogShard idle = side.claim(0);
  const LogShard busy = side.claim(1);
  const auto write = [&] {
    Sequence last;
    for (int i = 0; i < 200; ++i) last = side.append(busy);
    side.log->commit();
    side.wait_counted(busy, last);
  };
  write();
  const std::uint64_t kept = side.log->kept_bytes(busy);
  EXPECT_GT(kept, 200 * 64U);
  EXPECT_GE(side.log->kept_bytes(idle), kept) << "whoever wrote it";
  const Sequence begin = side.log->append(idle, CheckpointBegin{});
  const Sequence end = side.log->append(idle, CheckpointEnd{begin});
  EXPECT_GE(side.log->kept_bytes(idle), kept) << "it does not count yet";
  side.log->commit();
  side.wait_counted(idle, end);
  EXPECT_LT(side.log->kept_bytes(idle), 1'024U);
  EXPECT_GE(side.log->kept_bytes(busy), kept);
  write();
  EXPECT_GE(side.log->kept_bytes(idle), kept);
}

TEST_F(LogThreadTest, ReadsHaveAllWhileSegmentsAreUsedAgain) {
  Side side(*storage_, 8 * 1024);
  const LogShard shard = side.claim(0);
  Sequence begin;
  for (std::size_t round = 1; round <= 60; ++round) {
    begin = side.log->append(shard, CheckpointBegin{});
    Sequence last = side.log->append(shard, CheckpointEnd{begin});
    side.log->commit();
    for (int i = 0; i < 60; ++i) {
      last = side.append(shard);
      if (i % 5 == 4) side.log->commit();
    }
    side.log->commit();
    side.log->read(shard, Sequence(0));
    side.lane.wait_for(side.wake, [&] { return side.lane.ends.size() == round; });
    std::vector<std::uint64_t>& sequences = side.lane.sequences[shard];
    ASSERT_EQ(sequences.size(), last.value - begin.value + 1);
    ASSERT_EQ(sequences.front(), begin.value);
    sequences.clear();
  }
  EXPECT_TRUE(side.lane.failures.empty());
  const auto names = storage_->list(data_directory);
  ASSERT_TRUE(names);
  const auto segments = std::count_if(names.value().begin(), names.value().end(),
                                      [](const std::string& name) { return !name.ends_with(".lock"); });
  EXPECT_LT(segments, 10) << "it has written more than thirty";
  Side next(*storage_, 8 * 1024);
  next.claim(0);
  next.log->read(shard, Sequence(0));
  next.lane.wait_for(next.wake, [&] { return next.lane.ends.size() == 1; });
  EXPECT_EQ(next.lane.sequences[shard].front(), begin.value);
}

TEST_F(LogThreadTest, AReadOfALostShardFailsAndTheOthersAreRead) {
  Side first(*storage_, 64 * 1024);
  const LogShard lost = first.claim(0);
  const LogShard kept = first.claim(1);
  for (const LogShard shard : {lost, kept}) first.append(shard);
  first.log->commit();
  first.wait_counted(kept, Sequence(1));
  first.wait_counted(lost, Sequence(1));
  Side second(*storage_, 64 * 1024);
  second.claim(0);
  first.log->read(lost, Sequence(0));
  first.log->read(kept, Sequence(0));
  first.lane.wait_for(first.wake, [&] { return !first.lane.failures.empty() && !first.lane.ends.empty(); });
  EXPECT_EQ(first.lane.failures.front().shard, lost);
  EXPECT_EQ(first.lane.failures.front().reason, LogFailure::newer_claim);
  EXPECT_EQ(first.lane.ends.front().shard, kept);
  EXPECT_EQ(first.lane.ends.front().records, 1U);
  EXPECT_EQ(first.lane.sequences.count(lost), 0U);
}

class FaultyDiskTest : public testing::Test {
 protected:
  FaultyDiskTest() {
    disk_.set_hook([this](const sim::DiskCall& call) {
      if (fault_ != sim::Fault::none && (call.call == sim::Call::fill || call.call == sim::Call::datasync)) {
        const bool is_full = fault_.load() == sim::Fault::disk_full;
        if (is_full == (call.call == sim::Call::fill)) return fault_.load();
      }
      return sim::Fault::none;
    });
    storage_ = disk_.process(1);
  }

  sim::MemoryDisk disk_;
  std::atomic<sim::Fault> fault_{sim::Fault::none};
  std::unique_ptr<Storage> storage_;
};

TEST_F(FaultyDiskTest, AFullDiskHoldsAppendsUntilThereIsRoom) {
  Side side(*storage_, 8 * 1024);
  const LogShard shard = side.claim(0);
  fault_ = sim::Fault::disk_full;
  Sequence last;
  for (int i = 0; i < 200; ++i) {
    last = side.append(shard);
    side.log->commit();
  }
  side.lane.wait_for(side.wake, [&] { return !side.lane.full.empty(); });
  EXPECT_THAT(side.lane.full.front(), HasSubstr("No space left on device"));
  EXPECT_FALSE(side.log->has_room());
  EXPECT_LT(side.lane.through[shard], last);
  fault_ = sim::Fault::none;
  side.lane.wait_for(side.wake, [&] { return side.lane.room == 1; });
  EXPECT_TRUE(side.log->has_room());
  side.wait_counted(shard, last);
  EXPECT_EQ(side.lane.full.size(), 1U);
  EXPECT_TRUE(side.lane.failures.empty());
}

TEST_F(FaultyDiskTest, AFailedSyncEndsAllEpochsForGood) {
  Side side(*storage_, 64 * 1024);
  const LogShard first = side.claim(0);
  side.claim(1);
  fault_ = sim::Fault::input_output;
  side.append(first);
  side.log->commit();
  side.lane.wait_for(side.wake, [&] { return side.lane.failures.size() == 2; });
  EXPECT_EQ(side.lane.failures.front().reason, LogFailure::storage);
  EXPECT_THAT(side.lane.failures.front().message, HasSubstr("Input/output error"));
  fault_ = sim::Fault::none;
  side.log->claim({"list", ShardId(0), std::nullopt});
  side.lane.wait_for(side.wake, [&] { return !side.lane.refusals.empty(); });
  EXPECT_EQ(side.lane.refusals.front().reason, ClaimRefusal::storage) << "a sync is never tried again";
  EXPECT_TRUE(side.lane.through.empty());
}

}  // namespace
}  // namespace shoal::journal
