// Goal: a lane's view of the Kafka log: outcomes in order, chunks bounded, failures said once, nothing begun
// while no broker answers. Method: two logs on a topic in memory whose messages land as the test says.
#include "journal/kafka_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "journal/record_codec.hpp"
#include "tests/sim/journal/kafka_memory.hpp"

namespace shoal::journal {
namespace {

using sim::Landing;
using sim::MemoryClient;
using sim::MemoryKafka;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t test_lease_ms = 2'000;

// As fast as it can be.
class NoChance final : public sim::Chance {
 public:
  std::uint64_t below(std::uint64_t end) override { return end - 1; }
};

class KafkaSide final : public LogListener {
 public:
  KafkaSide(MemoryKafka& kafka, std::uint64_t owner) {
    auto memory = std::make_unique<MemoryClient>(kafka, chance_, false);
    client = memory.get();
    KafkaLogOptions options;
    options.owner = OwnerId(owner);
    options.random = [next = owner * 100]() mutable { return ++next; };
    options.journal_of = [this](const std::string&) { return journal; };
    options.record_bytes_max = 400;
    options.append_bytes_max = 2'000;
    options.chunk_bytes = 300;
    options.chunks_out_max = 2;
    options.wake = [this] { ++wakes; };
    log = std::make_unique<KafkaLog>(std::move(memory), std::move(options));
  }

  void claimed(const Claimed& outcome) override { claims.push_back(outcome); }
  void claim_refused(const ClaimRefused& outcome) override { refusals.push_back(outcome); }
  void counted(const Counted& outcome) override { through = outcome.through; }
  void failed(const Failed& outcome) override { failures.push_back(outcome); }
  void read_chunk(const ReadChunk& chunk) override {
    std::string_view rest = chunk.bytes;
    while (const auto record = take_record(rest)) sequences.push_back(header_of(*record)->sequence.value);
    if (gives_back) return log->give_back(chunk);
    kept.push_back(chunk);
  }
  void read_end(const ReadEnd& outcome) override { ends.push_back(outcome.records); }
  void shard_closed(LogShard which) override { closed.push_back(which); }
  void disk_full(const std::string& message) override { full.push_back(message); }
  void disk_has_room() override { ++room; }

  // Until nothing more comes; all lands.
  void settle() {
    while (log->poll(*this) || client->land(0, Landing::acknowledged)) {
    }
  }
  void hear() {
    while (log->poll(*this)) {
    }
  }
  void claim(std::optional<Decision> decision = std::nullopt, std::uint32_t lease_ms = test_lease_ms) {
    log->claim({"list", ShardId(0), decision, lease_ms});
    settle();
  }
  Sequence append(std::size_t bytes = 10) {
    const std::string text(bytes, 'x');
    const std::array events{Event{0, 1, text}};
    Turn turn;
    turn.entity = "e";
    turn.events = events;
    return log->append(shard, turn);
  }
  void append_and_commit(int times) {
    for (int i = 0; i < times; ++i) {
      append(100);
      log->commit();
      settle();
    }
  }
  void checkpoint() {
    const Sequence begin = log->append(shard, CheckpointBegin{});
    log->append(shard, CheckpointEnd{begin});
    log->commit();
  }

  const LogShard shard{type_number("list"), ShardId(0)};
  std::optional<JournalId> journal = JournalId{1};
  NoChance chance_;
  MemoryClient* client = nullptr;
  std::unique_ptr<KafkaLog> log;
  bool gives_back = true;
  int wakes = 0;
  std::vector<Claimed> claims;
  std::vector<ClaimRefused> refusals;
  Sequence through;
  std::vector<Failed> failures;
  std::vector<std::uint64_t> sequences;
  std::vector<ReadChunk> kept;
  std::vector<std::uint64_t> ends;
  std::vector<LogShard> closed;
  std::vector<std::string> full;
  int room = 0;
};

class KafkaLogTest : public testing::Test {
 protected:
  MemoryKafka kafka_{1};
  KafkaSide one_{kafka_, 1};
  KafkaSide two_{kafka_, 2};
};

TEST_F(KafkaLogTest, WhatCountedIsReadByTheNext) {
  one_.claim();
  ASSERT_EQ(one_.claims.size(), 1U);
  EXPECT_EQ(one_.claims.front().earlier_lease_ms, 0U);
  one_.append_and_commit(3);
  EXPECT_EQ(one_.through, Sequence(3));
  two_.claim();
  ASSERT_EQ(two_.claims.size(), 1U);
  EXPECT_EQ(two_.claims.front().next, Sequence(4));
  EXPECT_EQ(two_.claims.front().earlier_lease_ms, test_lease_ms);
  EXPECT_EQ(two_.claims.front().decision, (Decision{0, 2}));
  two_.log->read(two_.shard, Sequence(2));
  two_.settle();
  EXPECT_THAT(two_.sequences, ElementsAre(2, 3));
  EXPECT_THAT(two_.ends, ElementsAre(2));

  one_.append_and_commit(1);
  ASSERT_EQ(one_.failures.size(), 1U);
  EXPECT_EQ(one_.failures.front().reason, LogFailure::newer_claim);
  EXPECT_THAT(one_.failures.front().message, HasSubstr("another owner since epoch 5"));
  EXPECT_EQ(one_.through, Sequence(3));
}

TEST_F(KafkaLogTest, AClaimWaitsForItsTopicAndAReadOfNothingEndsAtOnce) {
  one_.journal.reset();
  one_.claim();
  EXPECT_THAT(one_.claims, IsEmpty());
  one_.journal = JournalId{1};
  one_.settle();
  ASSERT_EQ(one_.claims.size(), 1U);
  one_.wakes = 0;
  one_.log->read(one_.shard, Sequence(1));
  EXPECT_EQ(one_.wakes, 1);
  one_.settle();
  EXPECT_THAT(one_.ends, ElementsAre(0));
}

TEST_F(KafkaLogTest, AStaleDecisionIsRefusedBeforeAnythingIsWritten) {
  one_.claim(Decision{5, 1});
  two_.claim(Decision{4, 9});
  ASSERT_EQ(two_.refusals.size(), 1U);
  EXPECT_EQ(two_.refusals.front().reason, ClaimRefusal::stale_decision);
  EXPECT_EQ(kafka_.end(0), 1);
  two_.claim(Decision{5, 1});
  EXPECT_EQ(two_.refusals.back().reason, ClaimRefusal::newer_claim) << "each decision names one home";
  one_.append_and_commit(1);
  EXPECT_EQ(one_.through, Sequence(1));
}

TEST_F(KafkaLogTest, OfTwoClaimsAtOnceTheFirstOffsetWins) {
  one_.log->claim({"list", ShardId(0), std::nullopt});
  two_.log->claim({"list", ShardId(0), std::nullopt});
  one_.hear();
  two_.hear();
  EXPECT_TRUE(two_.client->land(0, Landing::acknowledged));
  EXPECT_TRUE(one_.client->land(0, Landing::acknowledged));
  one_.settle();
  two_.settle();
  EXPECT_EQ(two_.claims.size(), 1U);
  ASSERT_EQ(one_.refusals.size(), 1U);
  EXPECT_EQ(one_.refusals.front().reason, ClaimRefusal::newer_claim);
}

TEST_F(KafkaLogTest, AnAcknowledgementWithoutAnOffsetCountsOnceItIsRead) {
  one_.log->claim({"list", ShardId(0), std::nullopt});
  one_.hear();
  EXPECT_TRUE(one_.client->land(0, Landing::acknowledged_without_offset));
  one_.settle();
  ASSERT_EQ(one_.claims.size(), 1U);
  one_.append();
  one_.log->commit();
  one_.append();
  one_.log->commit();
  EXPECT_TRUE(one_.client->land(0, Landing::acknowledged_without_offset));
  EXPECT_TRUE(one_.client->land(0, Landing::acknowledged));
  one_.hear();
  EXPECT_EQ(one_.through, Sequence(2));
}

TEST_F(KafkaLogTest, AFailureEndsTheEpochAndTheShardMayBeClaimedAgain) {
  one_.claim();
  one_.append_and_commit(1);
  one_.append();
  one_.log->commit();
  one_.append();
  one_.log->commit();
  EXPECT_TRUE(one_.client->land(0, Landing::failed));
  EXPECT_TRUE(one_.client->land(0, Landing::acknowledged));
  one_.append();  // nobody has been told yet
  one_.hear();
  ASSERT_EQ(one_.failures.size(), 1U);
  EXPECT_EQ(one_.failures.front().reason, LogFailure::storage);
  EXPECT_THAT(one_.failures.front().message, HasSubstr("was not written: planned"));
  EXPECT_EQ(one_.through, Sequence(1));
  one_.claim();
  ASSERT_EQ(one_.claims.size(), 2U);
  EXPECT_EQ(one_.claims.back().next, Sequence(2)) << "what follows the gap is void";
  one_.append_and_commit(1);
  EXPECT_EQ(one_.through, Sequence(2));
}

TEST_F(KafkaLogTest, AClaimThatIsNotWrittenIsRefused) {
  one_.log->claim({"list", ShardId(0), std::nullopt});
  one_.hear();
  EXPECT_TRUE(one_.client->land(0, Landing::failed));
  one_.hear();
  ASSERT_EQ(one_.refusals.size(), 1U);
  EXPECT_EQ(one_.refusals.front().reason, ClaimRefusal::storage);
}

TEST_F(KafkaLogTest, ChunksAreBoundedAndARecordMayFillAMessage) {
  one_.claim();
  one_.append_and_commit(9);
  for (int i = 0; i < 3; ++i) one_.append(250);  // one commit, three messages
  one_.log->commit();
  one_.settle();
  EXPECT_EQ(kafka_.end(0), 1 + 9 + 3);
  one_.gives_back = false;
  one_.log->read(one_.shard, Sequence(1));
  one_.settle();
  EXPECT_EQ(one_.kept.size(), 2U);
  EXPECT_THAT(one_.ends, IsEmpty());
  one_.gives_back = true;
  for (const ReadChunk& chunk : one_.kept) one_.log->give_back(chunk);
  one_.settle();
  EXPECT_THAT(one_.sequences, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  EXPECT_THAT(one_.ends, ElementsAre(12));
}

TEST_F(KafkaLogTest, AReadWaitsForWhatWasCommittedBeforeIt) {
  one_.claim();
  one_.append();
  one_.log->commit();
  one_.log->read(one_.shard, Sequence(1));
  one_.append();
  one_.log->commit();
  one_.hear();
  EXPECT_THAT(one_.ends, IsEmpty());
  one_.settle();
  EXPECT_THAT(one_.sequences, ElementsAre(1));
  EXPECT_THAT(one_.ends, ElementsAre(1));
}

TEST_F(KafkaLogTest, ACheckpointThatCountsDeletesOnceNoReadNeedsWhatIsBelow) {
  one_.claim();
  one_.append_and_commit(6);
  one_.gives_back = false;
  one_.log->read(one_.shard, Sequence(1));
  one_.hear();
  one_.checkpoint();
  one_.settle();
  EXPECT_EQ(one_.through, Sequence(8));
  EXPECT_EQ(kafka_.low(0), 0) << "a read needs it";
  one_.gives_back = true;
  for (const ReadChunk& chunk : one_.kept) one_.log->give_back(chunk);
  one_.settle();
  EXPECT_THAT(one_.sequences, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(kafka_.low(0), 7);
  two_.claim();
  ASSERT_EQ(two_.claims.size(), 1U);
  EXPECT_EQ(two_.claims.front().next, Sequence(9));
  two_.log->read(two_.shard, Sequence(1));
  two_.settle();
  EXPECT_THAT(two_.sequences, ElementsAre(7, 8)) << "from the checkpoint on";
}

TEST_F(KafkaLogTest, WhileNoBrokerAnswersNothingIsBegun) {
  one_.claim();
  const auto away = [](KafkaEvents& events) { events.broker_away("no broker answers"); };
  one_.client->say(away);
  one_.hear();
  EXPECT_THAT(one_.full, IsEmpty()) << "nothing waits for one";
  one_.append();
  one_.log->commit();
  one_.client->say(away);
  one_.client->say(away);
  one_.hear();
  EXPECT_THAT(one_.full, ElementsAre("no broker answers"));
  EXPECT_FALSE(one_.log->has_room());
  EXPECT_EQ(one_.through, Sequence(0));
  one_.settle();
  EXPECT_TRUE(one_.log->has_room());
  EXPECT_EQ(one_.room, 1);
  EXPECT_EQ(one_.through, Sequence(1));

  one_.append();
  one_.log->commit();
  one_.client->say(away);
  one_.hear();
  EXPECT_TRUE(one_.client->land(0, Landing::failed));
  one_.hear();
  EXPECT_EQ(one_.failures.size(), 1U);
  EXPECT_TRUE(one_.log->has_room()) << "it may be claimed again";
}

TEST_F(KafkaLogTest, AFetchThatFailsIsSaidOfWhatItWasFor) {
  const auto failed = [](KafkaEvents& events) { events.fetch_failed(KafkaPlace(0), "no such topic"); };
  one_.log->claim({"list", ShardId(0), std::nullopt});
  one_.client->say(failed);
  one_.settle();
  ASSERT_EQ(one_.refusals.size(), 1U);
  EXPECT_THAT(one_.refusals.front().message, HasSubstr("no such topic"));
  one_.claim();
  one_.append_and_commit(1);
  one_.log->read(one_.shard, Sequence(1));
  one_.client->say(failed);
  one_.settle();
  ASSERT_EQ(one_.failures.size(), 1U);
  EXPECT_THAT(one_.failures.front().message, HasSubstr("no such topic"));
}

TEST_F(KafkaLogTest, ATopicThatHasLostWhatWasReadIsRefused) {
  one_.claim();
  one_.append_and_commit(3);
  one_.log->close(one_.shard);
  one_.settle();
  kafka_.make_anew(0);
  one_.claim();
  ASSERT_EQ(one_.refusals.size(), 1U);
  EXPECT_EQ(one_.refusals.front().reason, ClaimRefusal::damaged);
  EXPECT_THAT(one_.refusals.front().message,
              HasSubstr("its claim is at offset 0 of its topic, which was read up to 5 here"));
  KafkaSide started_anew{kafka_, 3};
  started_anew.claim();
  EXPECT_EQ(started_anew.claims.size(), 1U);
}

TEST_F(KafkaLogTest, ACloseIsSaidToTheNext) {
  one_.claim();
  one_.log->close(one_.shard);
  one_.settle();
  EXPECT_THAT(one_.closed, ElementsAre(one_.shard));
  two_.claim();
  ASSERT_EQ(two_.claims.size(), 1U);
  EXPECT_EQ(two_.claims.front().earlier_lease_ms, 0U);
}

// Also where its own claim, and those before it, are not in the topic any more.
TEST_F(KafkaLogTest, TheLongestLeaseIsWaitedForUntilAnOwnerHasClosed) {
  one_.claim(std::nullopt, 9'000);
  two_.claim(std::nullopt, 1'000);
  EXPECT_EQ(two_.claims.back().earlier_lease_ms, 9'000U);
  const Sequence begin = two_.log->append(two_.shard, CheckpointBegin{});
  two_.log->append(two_.shard, CheckpointEnd{begin});
  two_.append_and_commit(1);
  two_.settle();
  KafkaSide three{kafka_, 3};
  three.claim(std::nullopt, 1'000);
  ASSERT_EQ(three.claims.size(), 1U);
  EXPECT_EQ(three.claims.back().epochs.front().first, begin) << "the claims are gone";
  EXPECT_EQ(three.claims.back().earlier_lease_ms, 9'000U);
  three.log->close(three.shard);
  three.settle();
  KafkaSide four{kafka_, 4};
  four.claim(std::nullopt, 1'000);
  EXPECT_EQ(four.claims.back().earlier_lease_ms, 0U);
  KafkaSide five{kafka_, 5};
  five.claim();
  EXPECT_EQ(five.claims.back().earlier_lease_ms, 1'000U);
}

TEST_F(KafkaLogTest, ThereIsNoRoomWhileTooMuchWaitsOrKafkaTakesNothing) {
  one_.claim();
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(one_.log->has_room());
    one_.append(i < 6 ? 1 : 100);
    one_.log->commit();
  }
  EXPECT_FALSE(one_.log->has_room()) << "the client has taken six";
  one_.settle();
  EXPECT_TRUE(one_.log->has_room());
  EXPECT_EQ(one_.through, Sequence(7));
  for (int i = 0; i < 7; ++i) one_.append(300);
  EXPECT_FALSE(one_.log->has_room());
  one_.log->commit();
  one_.settle();
  EXPECT_TRUE(one_.log->has_room());
}

TEST_F(KafkaLogTest, AForeignMessageIsDamageToWhoOwnsAndToWhoClaims) {
  one_.claim();
  kafka_.append(0, "something else");
  one_.append_and_commit(1);
  ASSERT_EQ(one_.failures.size(), 1U);
  EXPECT_EQ(one_.failures.front().reason, LogFailure::damaged);
  EXPECT_THAT(one_.failures.front().message, HasSubstr("offset 1 of its topic"));
  two_.claim();
  ASSERT_EQ(two_.refusals.size(), 1U);
  EXPECT_EQ(two_.refusals.front().reason, ClaimRefusal::damaged);
}

TEST_F(KafkaLogTest, AnotherJournalIsRefused) {
  one_.claim();
  two_.journal = JournalId{2};
  two_.claim();
  ASSERT_EQ(two_.refusals.size(), 1U);
  EXPECT_EQ(two_.refusals.front().reason, ClaimRefusal::damaged);
  EXPECT_THAT(two_.refusals.front().message, HasSubstr("another journal"));
}

}  // namespace
}  // namespace shoal::journal
