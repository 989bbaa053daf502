// Goal: what brokers answer to the Kafka log's writes is taken for what it says. Method: the mock cluster,
// told to answer with errors, or down.
#include "journal/kafka_client.hpp"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include "tests/kafka-mock/host/kafka/test_cluster.hpp"
#include "tests/kafka-mock/journal/broker_side.hpp"

namespace shoal::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class KafkaClientTest : public testing::Test {
 protected:
  KafkaClientTest() { cluster_.make_topic("journal-list", 2); }

  KafkaClientOptions options(std::uint32_t timeout_ms = 60'000) const {
    KafkaClientOptions options;
    options.bootstrap_servers = cluster_.config().bootstrap_servers;
    options.client_id = "test";
    options.topic_prefix = "journal-";
    options.message_timeout_ms = timeout_ms;
    options.log = [](KafkaLogLevel, const std::string&) {};
    return options;
  }

  // The next write is answered with this.
  void answer(rd_kafka_resp_err_t code) { cluster_.fail_requests(kafka::api_produce, code, 1); }

  static void append_one(BrokerSide& side) {
    side.append(0);
    side.log->commit();
    const Sequence before = side.through[side.shard(0)];
    side.wait_for([&] { return side.through[side.shard(0)] != before || !side.failures.empty(); });
  }

  kafka::TestCluster cluster_;
};

TEST_F(KafkaClientTest, WhatIsReportedWithoutAnOffsetIsLookedFor) {
  BrokerSide side(options(), "list", JournalId{1});
  side.claim(0);
  append_one(side);
  EXPECT_EQ(side.through[side.shard(0)], Sequence(1));
  // A success, to librdkafka, of a message that is not there.
  answer(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);
  append_one(side);
  EXPECT_EQ(side.through[side.shard(0)], Sequence(1));
  ASSERT_EQ(side.failures.size(), 1U);
  EXPECT_EQ(side.failures.front().reason, LogFailure::storage);
  EXPECT_THAT(side.failures.front().message, HasSubstr("acknowledged, and is not in its topic"));
}

TEST_F(KafkaClientTest, AClaimThatIsReportedWithoutAnOffsetIsLookedFor) {
  BrokerSide side(options(), "list", JournalId{1});
  answer(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);
  side.claim(0);
  ASSERT_EQ(side.refusals.size(), 1U);
  EXPECT_EQ(side.refusals.front().reason, ClaimRefusal::storage);
}

TEST_F(KafkaClientTest, AProducerThatIsDeadIsReplaced) {
  BrokerSide side(options(), "list", JournalId{1});
  side.claim(0);
  append_one(side);
  answer(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  append_one(side);
  ASSERT_EQ(side.failures.size(), 1U);
  EXPECT_EQ(side.failures.front().reason, LogFailure::storage);
  side.failures.clear();
  side.claim(0);
  ASSERT_EQ(side.claims.size(), 2U) << side.refusals.front().message;
  append_one(side);
  EXPECT_EQ(side.through[side.shard(0)], Sequence(2));
  side.read(0);
  EXPECT_THAT(side.sequences[side.shard(0)], ElementsAre(1, 2));
}

TEST_F(KafkaClientTest, WhatABrokerRefusesForGoodEndsTheEpoch) {
  BrokerSide side(options(), "list", JournalId{1});
  side.claim(0);
  answer(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  append_one(side);
  ASSERT_EQ(side.failures.size(), 1U);
  EXPECT_THAT(side.failures.front().message, HasSubstr("was not written"));
}

TEST_F(KafkaClientTest, WhileTheBrokerIsAwayTheLogSaysSoAndGoesOn) {
  BrokerSide side(options(), "list", JournalId{1});
  side.claim(0);
  append_one(side);
  cluster_.set_down();
  side.append(0);
  side.log->commit();
  side.wait_for([&] { return !side.full.empty(); });
  EXPECT_THAT(side.full, ElementsAre(HasSubstr("the journal waits: no broker")));
  EXPECT_FALSE(side.log->has_room());
  cluster_.set_up();
  side.wait_for([&] { return side.through[side.shard(0)] == Sequence(2); });
  EXPECT_TRUE(side.failures.empty());
  EXPECT_EQ(side.room, 1);
}

TEST_F(KafkaClientTest, WhatIsNotWrittenInTimeIsGivenUp) {
  BrokerSide side(options(1'500), "list", JournalId{1});
  side.claim(0);
  append_one(side);
  cluster_.set_down();
  append_one(side);
  ASSERT_EQ(side.failures.size(), 1U);
  EXPECT_THAT(side.failures.front().message, HasSubstr("was not written"));
  cluster_.set_up();
  side.failures.clear();
  side.claim(0);
  ASSERT_EQ(side.claims.size(), 2U) << side.refusals.front().message;
  append_one(side);
  side.read(0);
  EXPECT_FALSE(side.sequences[side.shard(0)].empty());
}

TEST_F(KafkaClientTest, AKeyThatLibrdkafkaRefusesIsNamedWithoutItsValue) {
  KafkaClientOptions wrong = options();
  wrong.producer = {{"sasl.mechanism", "SECRET"}, {"no.such.key", "hidden"}};
  const auto client = KafkaClient::create(wrong, [] {});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::bad_config);
  EXPECT_THAT(client.error().message, HasSubstr("\"no.such.key\""));
  EXPECT_THAT(client.error().message, testing::Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace shoal::journal
