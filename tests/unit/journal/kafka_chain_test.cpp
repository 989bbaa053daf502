// Goal: every reader takes the same messages for void. Method: short logs, as late messages, stale decisions,
// gaps and deletions leave them.
#include "journal/kafka_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::journal {
namespace {

using testing::HasSubstr;
using enum KafkaTaken;

constexpr JournalId chain_journal{5};
constexpr std::uint32_t chain_lease_ms = 2'000;
constexpr LogShard chain_shard{TypeNumber(1), ShardId(2)};

class KafkaChainTest : public testing::Test {
 protected:
  static KafkaHead head(KafkaMessageKind kind) {
    KafkaHead head;
    head.kind = kind;
    head.journal = chain_journal;
    head.shard = chain_shard;
    return head;
  }
  static KafkaHead claim(std::uint64_t number, std::uint64_t owner = 0) {
    KafkaHead claim = head(KafkaMessageKind::claim);
    claim.owner = OwnerId(owner == 0 ? number : owner);
    claim.decision = {1, number};
    claim.lease_ms = chain_lease_ms;
    return claim;
  }
  static KafkaHead records(std::uint64_t epoch, std::uint64_t first, std::uint32_t count = 1) {
    KafkaHead records = head(KafkaMessageKind::records);
    records.epoch = Epoch(epoch);
    records.decision = {1, epoch};
    records.first = Sequence(first);
    records.count = count;
    return records;
  }
  static KafkaMarks begins(std::uint64_t sequence) { return {Sequence(sequence), std::nullopt, false}; }
  static KafkaMarks ends(std::uint64_t begin) { return {std::nullopt, Sequence(begin), false}; }

  KafkaTaken take(const KafkaHead& message, const KafkaMarks& marks = {}) {
    return take_at(chain_.next_offset().value_or(Offset(0)), message, marks);
  }
  KafkaTaken take_at(Offset offset, const KafkaHead& message, const KafkaMarks& marks = {}) {
    const auto taken = chain_.take(offset, message, marks);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? taken.value() : passed;
  }
  std::string refusal(Offset offset, const KafkaHead& message) {
    const auto taken = chain_.take(offset, message, {});
    EXPECT_FALSE(taken);
    return taken ? "" : taken.error().message;
  }

  KafkaChain chain_{chain_journal, chain_shard};
};

TEST_F(KafkaChainTest, OfTwoClaimsTheFirstOffsetWins) {
  EXPECT_EQ(take(head(KafkaMessageKind::identity)), passed);
  EXPECT_EQ(take(claim(1, 10)), claim_holds);
  EXPECT_EQ(take(claim(1, 11)), claim_void);
  EXPECT_EQ(chain_.owner()->epoch, Epoch(2));
  EXPECT_EQ(chain_.owner()->owner, OwnerId(10));
  EXPECT_EQ(take(claim(1, 10)), claim_holds) << "the same decision, of the same owner";
  EXPECT_EQ(chain_.owner()->epoch, Epoch(4));
}

TEST_F(KafkaChainTest, AStaleDecisionTakesNothing) {
  EXPECT_EQ(take(claim(5)), claim_holds);
  EXPECT_EQ(take(claim(4)), claim_void);
  EXPECT_EQ(take(records(1, 1)), records_hold);
  EXPECT_EQ(take(claim(6)), claim_holds);
  EXPECT_EQ(chain_.next(), Sequence(2));
}

TEST_F(KafkaChainTest, RecordsOfAnOlderEpochAreVoidBehindANewerClaim) {
  EXPECT_EQ(take(records(1, 1)), records_void) << "nobody has claimed";
  chain_ = KafkaChain(chain_journal, chain_shard);
  EXPECT_EQ(take(claim(1)), claim_holds);
  EXPECT_EQ(take(records(1, 1, 3)), records_hold);
  EXPECT_EQ(take(claim(2)), claim_holds);
  EXPECT_EQ(take(records(1, 4)), records_void);
  EXPECT_EQ(take(records(3, 4)), records_hold) << "sequences go on over epochs";
  EXPECT_EQ(chain_.next(), Sequence(5));
}

TEST_F(KafkaChainTest, TheFirstGapEndsTheEpoch) {
  EXPECT_EQ(take(claim(1)), claim_holds);
  EXPECT_EQ(take(records(1, 1)), records_hold);
  EXPECT_EQ(take(records(1, 1)), records_void) << "once is enough";
  EXPECT_EQ(take(records(1, 2)), records_hold);
  EXPECT_EQ(take(records(1, 4)), records_void);
  EXPECT_EQ(take(records(1, 3)), records_void);
  EXPECT_EQ(take(claim(2)), claim_holds);
  EXPECT_EQ(take(records(7, 3)), records_hold);
}

TEST_F(KafkaChainTest, ACheckpointIsFoundOnceAllOfItHolds) {
  EXPECT_EQ(take(claim(1)), claim_holds);
  EXPECT_EQ(take(records(1, 1)), records_hold);
  EXPECT_EQ(take(records(1, 2, 2), begins(3)), records_hold);
  EXPECT_FALSE(chain_.checkpoint());
  EXPECT_EQ(take(records(1, 4), ends(3)), records_hold);
  EXPECT_EQ(chain_.checkpoint()->begin, Sequence(3));
  EXPECT_EQ(chain_.checkpoint()->offset, Offset(2));
  EXPECT_EQ(take(records(1, 5, 2), {Sequence(5), Sequence(5), false}), records_hold);
  EXPECT_EQ(chain_.checkpoint()->offset, Offset(4));
  EXPECT_EQ(take(records(1, 7), begins(7)), records_hold);
  EXPECT_EQ(take(claim(2)), claim_holds);
  EXPECT_EQ(take(records(1, 8), ends(7)), records_void);
  EXPECT_EQ(chain_.checkpoint()->begin, Sequence(5)) << "a void end ends nothing";
  EXPECT_EQ(take(records(7, 8), ends(7)), records_hold);
  EXPECT_EQ(chain_.checkpoint()->begin, Sequence(5)) << "nor one of another epoch's begin";
}

TEST_F(KafkaChainTest, ClosedIsSaidByTheLastRecordAlone) {
  EXPECT_EQ(take(claim(1)), claim_holds);
  EXPECT_EQ(chain_.lease_ms(), chain_lease_ms);
  EXPECT_EQ(take(records(1, 1), {std::nullopt, std::nullopt, true}), records_hold);
  EXPECT_EQ(chain_.lease_ms(), 0U);
  EXPECT_EQ(take(records(9, 1)), records_void);
  EXPECT_EQ(chain_.lease_ms(), 0U);
  EXPECT_EQ(take(claim(2)), claim_holds);
  EXPECT_EQ(chain_.lease_ms(), chain_lease_ms);
}

TEST_F(KafkaChainTest, WhatIsLeftAfterADeletionSaysWhoOwnsTheShard) {
  EXPECT_EQ(take_at(Offset(40), records(7, 100, 2), begins(101)), records_hold);
  EXPECT_EQ(chain_.owner()->epoch, Epoch(7));
  EXPECT_EQ(chain_.owner()->decision, (Decision{1, 7}));
  EXPECT_EQ(chain_.first_offset(), Offset(40));
  EXPECT_FALSE(chain_.is_whole());
  EXPECT_EQ(take(claim(7, 99)), claim_void);
  EXPECT_EQ(take(records(7, 102), ends(101)), records_hold);
  EXPECT_TRUE(chain_.is_whole());
  EXPECT_EQ(take_at(Offset(60), records(50, 300), begins(300)), records_hold) << "more has been deleted";
  EXPECT_EQ(chain_.next(), Sequence(301));
  EXPECT_FALSE(chain_.is_whole());
}

TEST_F(KafkaChainTest, WhatCannotBeIsRefused) {
  EXPECT_THAT(refusal(Offset(3), claim(1)), HasSubstr("first that is left"));
  EXPECT_THAT(refusal(Offset(3), records(1, 5)), HasSubstr("restore the topic"));
  KafkaHead other = claim(1);
  other.journal = {6};
  EXPECT_THAT(refusal(Offset(0), other), HasSubstr("another journal"));
  other = claim(1);
  other.shard.shard = ShardId(3);
  EXPECT_THAT(refusal(Offset(0), other), HasSubstr("another type or shard"));
  KafkaHead identity = head(KafkaMessageKind::identity);
  identity.journal = {6};
  EXPECT_EQ(take(claim(1)), claim_holds);
  EXPECT_EQ(take(identity), passed) << "of a host that was second";
}

}  // namespace
}  // namespace shoal::journal
