// Goal: segments that nobody reads any more are used again, and whoever comes to one meanwhile reads no less
// than if it had been deleted. Method: owners on a disk in memory, whose calls of the disk are counted, fail,
// or let another owner go on first.
#include "journal/data_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

constexpr std::uint64_t reused_segment_bytes = 8 * 1024;
constexpr std::size_t spares = 6;

class DataFileTest : public testing::Test {
 protected:
  Owner& owner(std::uint32_t process) {
    storages_.push_back(disk_.process(process));
    owners_.push_back(std::make_unique<Owner>(
        *storages_.back(), reused_segment_bytes, [this] { return random_(); }, spares));
    const auto opened = owners_.back()->open();
    EXPECT_TRUE(opened) << opened.error().message;
    return *owners_.back();
  }
  static void take_over(Owner& owner) {
    const auto outcome = owner.claim(0);
    const auto* refused = std::get_if<ClaimRefused>(&outcome);
    ASSERT_EQ(refused, nullptr) << refused->message;
    const auto texts = owner.read(0);
    ASSERT_TRUE(texts) << texts.error().message;
  }
  // Appends until so many more segments have been begun. Some of it is of another shard, so that the texts of
  // the first one stay few enough for a checkpoint.
  static void fill_segments(Owner& owner, std::uint64_t count) {
    const std::uint64_t until = index_of(owner) + count;
    while (index_of(owner) < until) {
      owner.append(1, std::string(600, 'x'));
      commit(owner);
    }
  }
  static std::uint64_t index_of(Owner& owner) {
    return owner.log().data().end().value / reused_segment_bytes;
  }
  static void commit(Owner& owner) {
    const CommitOutcome outcome = owner.commit();
    ASSERT_EQ(outcome.state, CommitState::done) << outcome.message;
  }
  // Nothing before is read any more: of the other shard, whose texts are not looked at, there is nothing.
  static void free_all(Owner& owner) {
    owner.append_checkpoint(0);
    const Sequence begin = owner.begin_empty_checkpoint(1);
    owner.end_checkpoint(1, begin);
    commit(owner);
  }
  void own_both(Owner& owner) {
    take_over(owner);
    ASSERT_TRUE(std::holds_alternative<Claimed>(owner.claim(1)));
    owner.append(0, "kept");
    commit(owner);
  }
  std::vector<std::string> segments_of(Owner& owner) const {
    const std::string first = segment_path(owner.log().data().generation(), 0);
    const std::string begin = first.substr(0, first.find('.') + 1);
    std::vector<std::string> found;
    for (const std::string& path : disk_.files()) {
      if (path.starts_with(begin) && !path.ends_with(".lock")) found.push_back(path);
    }
    return found;
  }

  MemoryDisk disk_;
  std::mt19937_64 random_{5};
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(DataFileTest, WhatNobodyReadsIsUsedAgain) {
  Owner& first = owner(1);
  own_both(first);
  fill_segments(first, spares);
  free_all(first);
  std::map<Call, int> calls;
  disk_.set_hook([&](const DiskCall& call) {
    ++calls[call.call];
    return Fault::none;
  });
  for (int i = 0; i < 10; ++i) {
    fill_segments(first, 2);
    free_all(first);
    EXPECT_LE(segments_of(first).size(), spares + 2);
  }
  EXPECT_GE(calls[Call::rename], 20);
  EXPECT_EQ(calls[Call::fill], 0) << "every byte is written once";
  Owner& second = owner(2);
  take_over(second);
  EXPECT_EQ(second.texts(0), first.texts(0));
}

TEST_F(DataFileTest, WhatIsNotKeptIsDeleted) {
  Owner& first = owner(1);
  own_both(first);
  fill_segments(first, 7);
  EXPECT_EQ(first.log().data().segments(), 8U);
  EXPECT_EQ(segments_of(first).size(), 8U);
  free_all(first);
  EXPECT_EQ(first.log().data().segments(), 1U);
  EXPECT_EQ(segments_of(first).size(), spares + 1);
}

TEST_F(DataFileTest, SparesGoWithTheirWriter) {
  Owner& first = owner(1);
  own_both(first);
  fill_segments(first, 3);
  free_all(first);
  const std::size_t segments = first.log().data().segments();
  owner(2);
  EXPECT_EQ(segments_of(first).size(), segments + 3) << "it lives";
  disk_.kill(1);
  Owner& third = owner(3);
  EXPECT_EQ(segments_of(first).size(), segments);
  take_over(third);
  EXPECT_EQ(third.texts(0), first.texts(0));
}

TEST_F(DataFileTest, WhereASpareCannotBeUsedTheNextTryMakesASegmentOfAnother) {
  for (const Call failing : {Call::rename, Call::sync_directory, Call::open}) {
    Owner& first = owner(1);
    own_both(first);
    fill_segments(first, 4);
    free_all(first);
    const std::vector<std::string> before = segments_of(first);
    int failures = 0;
    disk_.set_hook([&](const DiskCall& call) {
      const bool is_hit = call.call == failing && call.path.starts_with("data") && failures == 0;
      failures += is_hit ? 1 : 0;
      return is_hit ? Fault::disk_full : Fault::none;
    });
    const std::uint64_t index = index_of(first);
    CommitOutcome outcome;
    while (failures == 0) {
      first.append(1, std::string(600, 'x'));
      outcome = first.commit();
    }
    EXPECT_EQ(outcome.state, CommitState::disk_full);
    EXPECT_EQ(index_of(first), index);
    commit(first);
    EXPECT_EQ(index_of(first), index + 1);
    EXPECT_EQ(segments_of(first).size(), before.size() - 1) << "the one that failed is gone";
    disk_.set_hook(nullptr);
    const Texts texts = first.texts(0);
    disk_.kill(1);
    disk_ = disk_.after_power_failure(MemoryDisk::Unsynced::is_lost, [](std::uint64_t) { return 0; });
    Owner& second = owner(2);
    take_over(second);
    EXPECT_EQ(second.texts(0), texts);
    disk_ = MemoryDisk();
  }
}

TEST_F(DataFileTest, ADiskThatFailsWhileASpareIsTakenEndsTheLog) {
  for (const Call failing : {Call::rename, Call::sync_directory, Call::open}) {
    Owner& first = owner(1);
    own_both(first);
    fill_segments(first, 4);
    free_all(first);
    bool has_failed = false;
    disk_.set_hook([&](const DiskCall& call) {
      const bool is_hit = call.call == failing && call.path.starts_with("data");
      has_failed = has_failed || is_hit;
      return is_hit ? Fault::input_output : Fault::none;
    });
    CommitOutcome outcome;
    while (!has_failed) {
      first.append(1, std::string(600, 'x'));
      outcome = first.commit();
    }
    EXPECT_EQ(outcome.state, CommitState::broken);
    disk_.set_hook(nullptr);
    Owner& second = owner(2);
    take_over(second);
    EXPECT_EQ(second.texts(0), first.texts(0));
    disk_ = MemoryDisk();
  }
}

// Whichever call of the reader it is before which the owner goes on.
TEST_F(DataFileTest, AReaderOfASegmentThatIsUsedAgainBeginsAnew) {
  int refused = 0;
  int calls_max = 1'000;
  for (int stop = 0; stop < calls_max; ++stop) {
    Owner& first = owner(1);
    own_both(first);
    fill_segments(first, 6);
    // The checkpoints count, and what they make free is still read here.
    first.log().hold({{sim::log_shard(0), Sequence(0)}, {sim::log_shard(1), Sequence(0)}});
    free_all(first);
    EXPECT_EQ(first.log().data().segments(), 7U);
    int calls = 0;
    disk_.set_hook([&](const DiskCall& call) {
      if (call.process != 2 || !call.path.starts_with("data") || calls++ != stop) return Fault::none;
      first.log().hold({});
      EXPECT_EQ(first.log().data().segments(), 1U);
      // All of them are written over.
      fill_segments(first, spares + 1);
      return Fault::none;
    });
    Owner& second = owner(2);
    const auto outcome = second.claim(0);
    const auto* no = std::get_if<ClaimRefused>(&outcome);
    if (no != nullptr) {
      EXPECT_NE(no->reason, ClaimRefusal::damaged) << stop << ": " << no->message;
      ++refused;
      take_over(second);
    } else {
      const auto read = second.read(0);
      ASSERT_TRUE(read) << stop << ": " << read.error().message;
    }
    EXPECT_EQ(second.texts(0), first.texts(0)) << stop;
    if (calls <= stop) calls_max = stop;
    disk_.set_hook(nullptr);
    disk_ = MemoryDisk();
  }
  EXPECT_GT(calls_max, 20);
  EXPECT_LT(refused, calls_max / 2) << "most readers need not ask again";
}

// However often: it would take for the end what is only as far as it came, and void what counted after it.
TEST_F(DataFileTest, AReaderThatIsCutOffAgainAndAgainReadsToTheEnd) {
  constexpr std::uint32_t others = 5;
  Owner& first = owner(1);
  own_both(first);
  fill_segments(first, 2);
  // Each needs what was written since its claim.
  for (std::uint32_t shard = 2; shard < 2 + others; ++shard) {
    ASSERT_TRUE(std::holds_alternative<Claimed>(first.claim(shard)));
    fill_segments(first, 2);
  }
  first.append_checkpoint(0);
  first.append(0, "after");
  commit(first);
  fill_segments(first, 1);
  std::uint32_t next = 1;
  int opens = 0;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_hit = call.process == 2 && call.call == Call::open && call.path.starts_with("data") &&
                        !call.path.ends_with(".lock") && ++opens % 3 == 0;
    if (!is_hit || next == 2 + others) return Fault::none;
    const std::size_t before = first.log().data().segments();
    const Sequence begin = first.begin_empty_checkpoint(next);
    first.end_checkpoint(next++, begin);
    commit(first);
    EXPECT_LT(first.log().data().segments(), before);
    return Fault::none;
  });
  Owner& second = owner(2);
  take_over(second);
  EXPECT_EQ(second.texts(0), first.texts(0));
  EXPECT_GT(next, 3U);
}

}  // namespace
}  // namespace shoal::journal
