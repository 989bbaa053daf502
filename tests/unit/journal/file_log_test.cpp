// Goal: what counted is read by the next owner, and what is void is not; disks that are full, broken or
// damaged are named. Method: owners on a disk in memory, one step at a time.
#include "journal/file_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using testing::HasSubstr;

constexpr std::uint64_t small_segment_bytes = 8 * 1024;

class FileLogTest : public testing::Test {
 protected:
  Owner& owner(std::uint32_t process) {
    storages_.push_back(disk_.process(process));
    owners_.push_back(
        std::make_unique<Owner>(*storages_.back(), small_segment_bytes, [this] { return random_(); }));
    const auto opened = owners_.back()->open();
    EXPECT_TRUE(opened) << opened.error().message;
    return *owners_.back();
  }

  static Claimed claimed(const std::variant<Claimed, ClaimRefused>& outcome) {
    if (const auto* refused = std::get_if<ClaimRefused>(&outcome)) {
      ADD_FAILURE() << refused->message;
      return {};
    }
    return std::get<Claimed>(outcome);
  }
  static ClaimRefused refused(const std::variant<Claimed, ClaimRefused>& outcome) {
    const auto* refused = std::get_if<ClaimRefused>(&outcome);
    EXPECT_NE(refused, nullptr);
    return refused == nullptr ? ClaimRefused{} : *refused;
  }
  // Claims and reads.
  static Texts take_over(Owner& owner, std::uint32_t shard = 0) {
    claimed(owner.claim(shard));
    const auto texts = owner.read(shard);
    EXPECT_TRUE(texts) << texts.error().message;
    return texts ? texts.value() : Texts();
  }
  static void counted(const CommitOutcome& outcome, std::uint64_t through) {
    ASSERT_EQ(outcome.state, CommitState::done) << outcome.message;
    ASSERT_EQ(outcome.counted.size(), 1U);
    EXPECT_EQ(outcome.counted.front().through, Sequence(through));
  }

  MemoryDisk disk_;
  std::mt19937_64 random_{7};
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(FileLogTest, AnEmptyShardIsClaimedAndHoldsNothing) {
  Owner& first = owner(1);
  const Claimed claim = claimed(first.claim(0));
  EXPECT_EQ(claim.epoch, Epoch(1));
  EXPECT_EQ(claim.next, Sequence(1));
  EXPECT_EQ(claim.earlier_lease_ms, 0U);
  EXPECT_EQ(first.read(0).value(), Texts());
}

TEST_F(FileLogTest, TheNextOwnerReadsWhatCounted) {
  Owner& first = owner(1);
  take_over(first);
  first.append(0, "a");
  first.append(0, "b");
  counted(first.commit(), 2);
  first.append(0, "c");
  counted(first.commit(), 3);

  Owner& second = owner(2);
  const Claimed claim = claimed(second.claim(0));
  EXPECT_EQ(claim.epoch, Epoch(2));
  EXPECT_EQ(claim.next, Sequence(4));
  EXPECT_EQ(claim.earlier_lease_ms, sim::owner_lease_ms);
  EXPECT_EQ(second.read(0).value(), (Texts{{1, "a"}, {2, "b"}, {3, "c"}}));
}

TEST_F(FileLogTest, TheLongestLeaseIsWaitedForUntilAnOwnerHasClosed) {
  claimed(owner(1).claim(0, std::nullopt, 9'000));
  EXPECT_EQ(claimed(owner(2).claim(0, std::nullopt, 1'000)).earlier_lease_ms, 9'000U);
  Owner& third = owner(3);
  EXPECT_EQ(claimed(third.claim(0, std::nullopt, 1'000)).earlier_lease_ms, 9'000U)
      << "the second said nothing, and the first may still answer";
  third.append_closed(0);
  third.commit();
  Owner& fourth = owner(4);
  EXPECT_EQ(claimed(fourth.claim(0, std::nullopt, 1'000)).earlier_lease_ms, 0U);
  fourth.append(0, "a");  // without which it answers nothing
  fourth.commit();
  EXPECT_EQ(claimed(owner(5).claim(0)).earlier_lease_ms, 1'000U);
}

TEST_F(FileLogTest, AnOwnerThatWasOvertakenCountsNothingMore) {
  Owner& first = owner(1);
  take_over(first);
  Owner& second = owner(2);
  EXPECT_EQ(take_over(second), Texts());
  first.append(0, "void");
  const CommitOutcome outcome = first.commit();
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_EQ(outcome.failed.front().reason, LogFailure::newer_claim);
  EXPECT_TRUE(outcome.counted.empty());
  second.append(0, "a");
  counted(second.commit(), 1);

  Owner& third = owner(3);
  EXPECT_EQ(take_over(third), (Texts{{1, "a"}}));
}

TEST_F(FileLogTest, OneOwnerKeepsManyShardsApart) {
  Owner& first = owner(1);
  for (std::uint32_t shard = 0; shard < 5; ++shard) take_over(first, shard);
  for (int round = 0; round < 20; ++round) {
    for (std::uint32_t shard = 0; shard < 5; ++shard) {
      first.append(shard, std::to_string(shard) + "." + std::to_string(round));
    }
    ASSERT_EQ(first.commit().counted.size(), 5U);
  }
  Owner& second = owner(2);
  for (std::uint32_t shard = 0; shard < 5; ++shard) {
    const Texts texts = take_over(second, shard);
    ASSERT_EQ(texts.size(), 20U);
    EXPECT_EQ(texts.at(20), std::to_string(shard) + ".19");
  }
}

TEST_F(FileLogTest, SegmentsFollowEachOtherAndGoBelowACheckpoint) {
  Owner& first = owner(1);
  take_over(first);
  const std::string text(1000, 'x');
  for (int i = 0; i < 40; ++i) {
    first.append(0, text);
    ASSERT_EQ(first.commit().counted.size(), 1U);
  }
  const std::size_t before = first.log().data().segments();
  EXPECT_GE(before, 5U);
  Owner& second = owner(2);
  EXPECT_EQ(take_over(second).size(), 40U);
  for (int i = 0; i < 40; ++i) {
    second.append(0, "y");
    if (i % 4 == 0) {
      ASSERT_EQ(second.commit().counted.size(), 1U);
    }
  }
  ASSERT_EQ(second.commit().counted.size(), 1U);
  EXPECT_EQ(take_over(owner(3)).size(), 80U);
}

TEST_F(FileLogTest, AMarkIsNoEndWhereTheNextSegmentGoesOn) {
  Owner& first = owner(1);
  take_over(first);
  first.append(0, "a");
  first.commit();
  ASSERT_TRUE(first.log().idle());
  first.append(0, std::string(small_segment_bytes - 640, 'b'));
  first.commit();
  ASSERT_EQ(first.log().data().segments(), 2U);
  EXPECT_EQ(take_over(owner(2)).size(), 2U);
}

TEST_F(FileLogTest, MoreThanASegmentHoldsIsWrittenInPieces) {
  Owner& first = owner(1);
  take_over(first);
  for (int i = 0; i < 1'000; ++i) first.append(0, "some text that takes room");
  counted(first.commit(), 1'000);
  EXPECT_GE(first.log().data().segments(), 8U);
  EXPECT_EQ(take_over(owner(2)).size(), 1'000U);
}

TEST_F(FileLogTest, ACheckpointThatCountsDeletesWhatIsBelow) {
  Owner& first = owner(1);
  take_over(first);
  for (int i = 0; i < 300; ++i) {
    first.append(0, "x");
    first.commit();
  }
  ASSERT_GE(first.log().data().segments(), 3U);
  first.append_checkpoint(0);
  ASSERT_EQ(first.commit().counted.size(), 1U);
  EXPECT_EQ(first.log().data().segments(), 1U);
  first.append(0, "y");
  ASSERT_EQ(first.commit().counted.size(), 1U);

  Owner& second = owner(2);
  Texts texts = take_over(second);
  ASSERT_EQ(texts.size(), 301U);
  EXPECT_EQ(texts.at(304), "y");
  second.append_checkpoint(0);
  ASSERT_EQ(second.commit().counted.size(), 1U);
  EXPECT_TRUE(disk_.has("shards/list/0/2"));
  EXPECT_FALSE(disk_.has("shards/list/0/1"));
}

TEST_F(FileLogTest, AGenerationGoesWhenNoClaimNamesItAndItsWriterIsGone) {
  Owner& first = owner(1);
  const std::string path = segment_path(first.log().data().generation(), 0);
  take_over(first);
  first.append(0, "x");
  first.commit();
  Owner& second = owner(2);
  take_over(second);
  second.append_checkpoint(0);
  second.commit();
  EXPECT_TRUE(disk_.has(path)) << "its writer lives";
  disk_.kill(1);
  Owner& third = owner(3);
  EXPECT_FALSE(disk_.has(path));
  EXPECT_EQ(take_over(third), (Texts{{1, "x"}}));
}

TEST_F(FileLogTest, ACheckpointWhoseEndWasAppendedAgainIsFound) {
  Owner& first = owner(1);
  take_over(first);
  first.append(0, "x");
  first.commit();
  Owner& second = owner(2);
  take_over(second);
  second.append_checkpoint(0);
  ASSERT_EQ(second.commit().counted.size(), 1U);
  EXPECT_FALSE(disk_.has("shards/list/0/1"));
  // All of the checkpoint is in the last commit, which each new owner appends again.
  for (std::uint32_t process = 3; process < 6; ++process) {
    EXPECT_EQ(take_over(owner(process)), (Texts{{1, "x"}}));
  }
}

TEST_F(FileLogTest, AnOwnerReadsWhatItAppended) {
  Owner& first = owner(1);
  take_over(first);
  first.append(0, "a");
  counted(first.commit(), 1);
  EXPECT_EQ(first.read(0).value(), (Texts{{1, "a"}}));
  Owner& second = owner(2);
  take_over(second);
  second.append(0, "b");
  second.append(0, "c");
  counted(second.commit(), 3);
  EXPECT_EQ(second.read(0).value(), (Texts{{1, "a"}, {2, "b"}, {3, "c"}}));
  second.append_checkpoint(0);
  counted(second.commit(), 6);
  second.append(0, "d");
  counted(second.commit(), 7);
  EXPECT_EQ(second.read(0).value(), (Texts{{1, "a"}, {2, "b"}, {3, "c"}, {7, "d"}}));
}

TEST_F(FileLogTest, AReadEndsWhereItIsToWhateverCountsLater) {
  Owner& first = owner(1);
  take_over(first);
  for (int i = 0; i < 300; ++i) {
    first.append(0, "x");
    first.commit();
  }
  const std::size_t segments = first.log().data().segments();
  ASSERT_GE(segments, 2U);
  first.log().hold({{sim::log_shard(0), Sequence(300)}});
  first.append(0, "later");
  first.append_checkpoint(0);
  counted(first.commit(), 304);
  EXPECT_GE(first.log().data().segments(), segments) << "it is yet to be read";
  const auto texts = first.read_through(0, Sequence(300));
  ASSERT_TRUE(texts) << texts.error().message;
  EXPECT_EQ(texts.value().size(), 300U);
  EXPECT_EQ(texts.value().count(301), 0U);
  first.log().hold({});
  EXPECT_EQ(first.log().data().segments(), 1U);
  EXPECT_EQ(first.read(0).value().at(301), "later");
}

TEST_F(FileLogTest, AnOwnerReadsOnWhereSegmentsWereDeletedThatItHadNotRead) {
  Owner& first = owner(1);
  take_over(first, 0);
  take_over(first, 1);
  first.append(0, "a");
  first.append(1, "b");
  first.commit();
  Owner& second = owner(2);
  take_over(second, 0);
  second.append_checkpoint(0);
  second.commit();
  first.append(0, "void");
  ASSERT_EQ(first.commit().failed.size(), 1U);
  for (int i = 0; i < 500; ++i) {
    first.append(1, "x");
    if (i == 300) first.append_checkpoint(1);
    first.commit();
  }
  first.append(1, "last");
  ASSERT_EQ(first.commit().counted.size(), 1U);
  ASSERT_FALSE(disk_.has(segment_path(first.log().data().generation(), 1)));
  const Texts texts = take_over(second, 1);
  EXPECT_EQ(texts.size(), 502U);
  EXPECT_EQ(texts.rbegin()->second, "last");
}

TEST_F(FileLogTest, ACheckpointThatBeginsWhereAnotherEndsDeletesNothingOfIt) {
  Owner& first = owner(1);
  take_over(first);
  first.append(0, "a");
  first.commit();
  const Sequence begin = first.begin_checkpoint(0);
  first.commit();
  for (int i = 0; i < 300; ++i) {
    first.append(0, "x");
    first.commit();
  }
  first.end_checkpoint(0, begin);
  first.begin_checkpoint(0);
  ASSERT_EQ(first.commit().counted.size(), 1U);
  EXPECT_EQ(take_over(owner(2)).size(), 301U);
}

TEST_F(FileLogTest, AStaleDecisionIsRefusedAndTakesNothing) {
  Owner& first = owner(1);
  claimed(first.claim(0, Decision{2, 5}));
  Owner& second = owner(2);
  EXPECT_EQ(refused(second.claim(0, Decision{2, 4})).reason, ClaimRefusal::stale_decision);
  EXPECT_EQ(refused(second.claim(0, Decision{2, 5})).reason, ClaimRefusal::stale_decision);
  first.append(0, "a");
  counted(first.commit(), 1);
  EXPECT_EQ(claimed(second.claim(0, Decision{3, 1})).epoch, Epoch(2));
}

}  // namespace
}  // namespace shoal::journal
