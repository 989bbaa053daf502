// Goal: a compaction frees what no shard needs, nothing else, and a journal holds what it held wherever it is
// stopped. Method: owners on a disk in memory, which end; before every call of the compaction that changes
// the disk, a copy of it loses its power, and a new owner recovers from it.
#include "journal/compaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "journal/data_file.hpp"
#include "journal/record_codec.hpp"
#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::journal {
namespace {

using sim::Call;
using sim::DiskCall;
using sim::Fault;
using sim::MemoryDisk;
using sim::Owner;
using sim::Texts;
using testing::HasSubstr;

constexpr std::uint64_t small_segment = 4 * 1024;
constexpr std::uint32_t compacting = 90;  // the process that does it
constexpr std::uint32_t shard_count = 2;

class CompactionTest : public testing::Test {
 protected:
  // A process with a log, which owns the shards.
  Owner& start(std::uint32_t process, std::size_t spares_max = 0) {
    storages_.push_back(disk_.process(process));
    owners_.push_back(std::make_unique<Owner>(
        *storages_.back(), small_segment, [this] { return random_(); }, spares_max));
    Owner& owner = *owners_.back();
    EXPECT_TRUE(owner.open());
    for (std::uint32_t shard = 0; shard < shard_count; ++shard) {
      EXPECT_TRUE(std::holds_alternative<Claimed>(owner.claim(shard)));
      EXPECT_TRUE(owner.read(shard));
    }
    return owner;
  }
  void append(Owner& owner, std::uint32_t shard, std::size_t bytes = 0) {
    const std::string text = std::to_string(++texts_) + std::string(bytes, 'x');
    known_[shard][owner.append(shard, text)] = text;
    commit(owner);
  }
  static void commit(Owner& owner) { EXPECT_EQ(owner.commit().state, CommitState::done); }
  static void checkpoint(Owner& owner, std::uint32_t shard) {
    ASSERT_TRUE(owner.checkpoint_fits(shard));
    owner.append_checkpoint(shard);
    commit(owner);
  }
  // From now on a process can delete in so many of ten tries only, as one that is killed at a checkpoint.
  void let_delete(std::uint32_t process, std::uint64_t tries_of_ten) {
    disk_.set_hook([this, process, tries_of_ten](const DiskCall& call) {
      const bool is_used_again = call.path.ends_with(".spare");
      const bool deletes = call.call == Call::remove || (call.call == Call::rename && !is_used_again);
      const bool fails = deletes && call.process == process && random_() % 10 >= tries_of_ten;
      return fails ? Fault::input_output : Fault::none;
    });
  }
  // Its last commit is known to be synced, and it ends.
  void end(Owner& owner) {
    EXPECT_TRUE(owner.log().idle());
    std::erase_if(owners_, [&](const auto& each) { return each.get() == &owner; });
  }

  Result<std::unique_ptr<Compaction>> plan(MemoryDisk& disk) {
    storages_.push_back(disk.process(compacting));
    return Compaction::plan(*storages_.back());
  }
  // Each with its name, and so many as there are.
  static std::size_t segments_of(const MemoryDisk& disk, Generation generation) {
    std::size_t count = 0;
    for (std::uint64_t index = 0; index < 100; ++index)
      count += disk.has(segment_path(generation, index)) ? 1 : 0;
    return count;
  }

  // A new owner on a copy of the disk has all that is known.
  void recovers(const MemoryDisk& disk, const std::string& where) {
    MemoryDisk copy = disk.after_power_failure(MemoryDisk::Unsynced::is_kept, draw_);
    recovers_on(copy, where);
  }
  void recovers_on(MemoryDisk& disk, const std::string& where) {
    const auto storage = disk.process(80);
    Owner owner(*storage, small_segment, [this] { return random_(); });
    const auto opened = owner.open();
    ASSERT_TRUE(opened) << where << ": " << opened.error().message;
    for (std::uint32_t shard = 0; shard < shard_count; ++shard) {
      const auto claim = owner.claim(shard);
      const auto* refused = std::get_if<ClaimRefused>(&claim);
      ASSERT_EQ(refused, nullptr) << where << ": " << refused->message;
      const auto texts = owner.read(shard);
      ASSERT_TRUE(texts) << where << ": " << texts.error().message;
      ASSERT_EQ(texts.value(), known_[shard]) << where;
    }
  }
  // What is left is read whole, by a tool and by the next owners.
  void fail_the_power() {
    for (int i = 0; i < 4; ++i) {
      const auto unsynced = i == 0   ? MemoryDisk::Unsynced::is_lost
                            : i == 1 ? MemoryDisk::Unsynced::is_kept
                                     : MemoryDisk::Unsynced::is_drawn;
      MemoryDisk left = disk_.after_power_failure(unsynced, draw_);
      recovers(left, "call " + std::to_string(calls_));
      if (HasFatalFailure()) return;
      // Somebody tries again.
      const auto again = plan(left);
      ASSERT_TRUE(again) << again.error().message;
      ASSERT_TRUE(again.value()->run());
      recovers_on(left, "again after call " + std::to_string(calls_));
      if (HasFatalFailure()) return;
    }
  }
  void fail_the_power_at_every_change() {
    disk_.set_hook([this](const DiskCall& call) {
      if (call.process == compacting && sim::changes(call.call) && !HasFatalFailure()) {
        ++calls_;
        fail_the_power();
      }
      return Fault::none;
    });
  }

  MemoryDisk disk_;
  std::mt19937_64 random_{31};
  MemoryDisk::Draw draw_ = [this](std::uint64_t below) { return random_() % below; };
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::map<std::uint32_t, Texts> known_;
  std::uint64_t texts_ = 0;
  std::uint64_t calls_ = 0;
};

TEST_F(CompactionTest, FreesWhatStandsBeforeTheLastCheckpoints) {
  Owner& one = start(1);
  const Generation first = one.log().data().generation();
  for (std::uint32_t i = 0; i < 80; ++i) append(one, i % 2);
  end(one);
  Owner& two = start(2);
  const Generation second = two.log().data().generation();
  for (std::uint32_t i = 0; i < 80; ++i) append(two, i % 2);
  // Its log does not delete what only the first shard's checkpoint frees.
  checkpoint(two, 0);
  append(two, 0);
  end(two);

  const std::size_t before = segments_of(disk_, first);
  ASSERT_GE(before, 2U);
  auto planned = plan(disk_);
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_EQ(planned.value()->shards().size(), 2U);
  EXPECT_TRUE(planned.value()->shards()[0].checkpoint);
  EXPECT_EQ(planned.value()->shards()[0].keeps_from, Epoch(2));
  EXPECT_FALSE(planned.value()->shards()[1].checkpoint);
  EXPECT_EQ(planned.value()->shards()[1].claims, 0U);
  EXPECT_EQ(segments_of(disk_, first), before) << "a plan changes nothing";
  ASSERT_TRUE(planned.value()->run());
  EXPECT_EQ(segments_of(disk_, first), before) << "the other shard needs it";
  recovers(disk_, "one checkpoint");

  // Once both have one, the first generation goes, and what stands before them in the second.
  planned.value().reset();
  Owner& three = start(3);
  let_delete(3, 0);
  checkpoint(three, 0);
  for (std::uint32_t i = 0; i < 80; ++i) append(three, 1);
  checkpoint(three, 1);
  end(three);
  planned = plan(disk_);
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_TRUE(planned.value()->run());
  planned.value().reset();
  EXPECT_EQ(segments_of(disk_, first), 0U);
  EXPECT_FALSE(disk_.has(lock_path(first)));
  EXPECT_EQ(segments_of(disk_, second), 0U);
  recovers(disk_, "both");
  planned = plan(disk_);
  for (const auto& generation : planned.value()->generations())
    EXPECT_EQ(generation.bytes, 0U) << "all is done";
}

TEST_F(CompactionTest, CutsAGenerationWhoseWriterIsGone) {
  Owner& one = start(1, 8);
  const Generation generation = one.log().data().generation();
  for (std::uint32_t i = 0; i < 150; ++i) append(one, i % 2);
  checkpoint(one, 1);
  let_delete(1, 0);
  checkpoint(one, 0);
  append(one, 0);
  end(one);
  const std::size_t before = segments_of(disk_, generation);
  const auto planned = plan(disk_);
  ASSERT_TRUE(planned) << planned.error().message;
  const auto& shown = planned.value()->generations().front();
  EXPECT_FALSE(shown.goes);
  EXPECT_GE(shown.segments.size(), 2U);
  EXPECT_EQ(shown.bytes, (shown.segments.size() + shown.spares.size()) * small_segment);
  ASSERT_TRUE(planned.value()->run());
  EXPECT_EQ(segments_of(disk_, generation), before - shown.segments.size());
  EXPECT_GE(segments_of(disk_, generation), 1U);
  recovers(disk_, "cut");
}

TEST_F(CompactionTest, FreesTheSparesOfThoseThatAreGone) {
  Owner& one = start(1, 8);
  const Generation generation = one.log().data().generation();
  for (std::uint32_t i = 0; i < 80; ++i) append(one, i % 2);
  checkpoint(one, 1);
  checkpoint(one, 0);
  append(one, 0);
  end(one);
  ASSERT_TRUE(disk_.has(spare_path(generation, 0)));
  const auto planned = plan(disk_);
  ASSERT_TRUE(planned);
  ASSERT_TRUE(planned.value()->run());
  EXPECT_FALSE(disk_.has(spare_path(generation, 0)));
  recovers(disk_, "spares");
}

TEST_F(CompactionTest, WhileAHostHasTheDirectoryNothingGoes) {
  Owner& one = start(1);
  append(one, 0);
  checkpoint(one, 0);
  const auto files = disk_.files();
  const auto planned = plan(disk_);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, ErrorCode::unavailable);
  EXPECT_THAT(planned.error().message, HasSubstr("a host uses the journal"));
  EXPECT_EQ(disk_.files(), files);
}

TEST_F(CompactionTest, WhereThereIsNoJournalItIsSaid) {
  const auto planned = plan(disk_);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, ErrorCode::not_found);
}

TEST_F(CompactionTest, OfADamagedJournalNothingGoes) {
  Owner& one = start(1);
  const Generation generation = one.log().data().generation();
  for (std::uint32_t i = 0; i < 80; ++i) append(one, i % 2);
  checkpoint(one, 0);
  append(one, 0);
  end(one);
  disk_.bytes(segment_path(generation, 0))[sector_bytes + commit_head_bytes + record_header_bytes + 2] ^= 1;
  const auto files = disk_.files();
  const auto planned = plan(disk_);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, ErrorCode::refused);
  EXPECT_THAT(planned.error().message, HasSubstr("shard 0 of list: data/"));
  EXPECT_EQ(disk_.files(), files);
}

// A power failure may take it.
TEST_F(CompactionTest, ACheckpointThatMayNotBeSyncedFreesNothing) {
  Owner& one = start(1);
  for (std::uint32_t i = 0; i < 80; ++i) append(one, 0);
  checkpoint(one, 0);
  MemoryDisk killed = disk_.after_power_failure(MemoryDisk::Unsynced::is_kept, draw_);
  end(one);
  auto planned = plan(killed);
  ASSERT_TRUE(planned);
  EXPECT_FALSE(planned.value()->shards()[0].checkpoint);
  planned = plan(disk_);
  ASSERT_TRUE(planned);
  EXPECT_TRUE(planned.value()->shards()[0].checkpoint) << "its owner has said that it is";
}

TEST_F(CompactionTest, AHostThatStartsMeanwhileLosesNothing) {
  Owner& one = start(1);
  for (std::uint32_t i = 0; i < 80; ++i) append(one, i % 2);
  end(one);
  Owner& two = start(2);
  for (std::uint32_t shard = 0; shard < shard_count; ++shard) checkpoint(two, shard);
  append(two, 0);
  end(two);
  auto planned = plan(disk_);
  ASSERT_TRUE(planned);
  Owner& three = start(3);
  append(three, 0);
  ASSERT_TRUE(planned.value()->run());
  append(three, 1);
  recovers(disk_, "meanwhile");
  checkpoint(three, 0);
  checkpoint(three, 1);
  recovers(disk_, "meanwhile, and a checkpoint");
}

TEST_F(CompactionTest, AnErrorOfTheDiskEndsIt) {
  Owner& one = start(1);
  for (std::uint32_t i = 0; i < 80; ++i) append(one, i % 2);
  end(one);
  Owner& two = start(2);
  for (std::uint32_t shard = 0; shard < shard_count; ++shard) checkpoint(two, shard);
  end(two);
  const auto planned = plan(disk_);
  ASSERT_TRUE(planned);
  disk_.set_hook([](const DiskCall& call) {
    return call.call == Call::sync_directory ? Fault::input_output : Fault::none;
  });
  EXPECT_FALSE(planned.value()->run());
  disk_.set_hook({});
  recovers(disk_, "after an error");
}

// Journals of several owners with checkpoints here and there, cut as often as one likes.
TEST_F(CompactionTest, WhereverItIsStoppedAllIsThere) {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  const int rounds = is_long != nullptr && *is_long != '\0' ? 1000 : 12;
  std::uint64_t freed = 0;
  for (int round = 0; round < rounds; ++round) {
    owners_.clear();
    storages_.clear();
    known_.clear();
    disk_ = MemoryDisk();
    for (std::uint32_t process = 1; process <= 3; ++process) {
      Owner& owner = start(process, random_() % 3);
      let_delete(process, random_() % 11);
      for (std::uint64_t i = 20 + random_() % 40; i > 0; --i) {
        append(owner, static_cast<std::uint32_t>(random_() % 2), random_() % 30);
        const auto shard = static_cast<std::uint32_t>(random_() % 2);
        if (random_() % 8 == 0 && owner.checkpoint_fits(shard)) checkpoint(owner, shard);
      }
      // Some are killed at once.
      if (random_() % 2 == 0) {
        owners_.clear();
      } else {
        end(owner);
      }
    }
    auto planned = plan(disk_);
    ASSERT_TRUE(planned) << "round " << round << ": " << planned.error().message;
    for (const auto& generation : planned.value()->generations()) freed += generation.bytes;
    fail_the_power_at_every_change();
    ASSERT_TRUE(planned.value()->run());
    ASSERT_FALSE(HasFatalFailure()) << "round " << round;
    planned.value().reset();
    recovers(disk_, "round " + std::to_string(round));
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_GT(freed, 0U);
  EXPECT_GT(calls_, 50U);
}

}  // namespace
}  // namespace shoal::journal
