// Goal: the keys of [kafka.client] that would break alignment or lose records are refused by name, all others
// pass. Method: one key at a time, refused and accepted values, and what the error says.

#include "host/kafka/client_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace shoal::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Pair = std::pair<std::string, std::string>;

class RefusedKey : public testing::TestWithParam<Pair> {};

TEST_P(RefusedKey, IsNamedWithAReason) {
  const auto& [key, value] = GetParam();
  const auto result = check_client_keys({{key, value}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::bad_config);
  EXPECT_THAT(result.error().message,
              AllOf(HasSubstr("\"" + key + "\" is refused: "), Not(testing::EndsWith(": "))));
}

INSTANTIATE_TEST_SUITE_P(
    ClientConfig, RefusedKey,
    testing::Values(Pair{"bootstrap.servers", "a:1"}, Pair{"metadata.broker.list", "a:1"},
                    Pair{"group.id", "g"}, Pair{"group.instance.id", "i"},
                    Pair{"partition.assignment.strategy", "range"}, Pair{"partitioner", "murmur2_random"},
                    Pair{"enable.auto.commit", "false"}, Pair{"auto.commit.enable", "true"},
                    Pair{"session.timeout.ms", "6000"}, Pair{"enable.auto.offset.store", "true"},
                    Pair{"auto.offset.reset", "earliest"}, Pair{"enable.partition.eof", "true"},
                    Pair{"allow.auto.create.topics", "true"}, Pair{"transactional.id", "t"},
                    Pair{"message.timeout.ms", "1000"}, Pair{"delivery.timeout.ms", "0"},
                    Pair{"retries", "0"}, Pair{"message.send.max.retries", "5"},
                    Pair{"delivery.report.only.error", "true"}, Pair{"queuing.strategy", "lifo"},
                    Pair{"log.queue", "true"}, Pair{"enabled_events", "1"},
                    Pair{"test.mock.num.brokers", "3"}, Pair{"enable.idempotence", "false"},
                    Pair{"enable.idempotence", "F"}, Pair{"acks", "1"}, Pair{"acks", "0"},
                    Pair{"request.required.acks", "2"}, Pair{"check.crcs", "false"},
                    Pair{"max.in.flight", "6"}, Pair{"max.in.flight.requests.per.connection", "1000"},
                    Pair{"queued.min.messages", "2000"}, Pair{"queued.max.messages.kbytes", "16"},
                    Pair{"queue.buffering.max.messages", "10"}, Pair{"queue.buffering.max.kbytes", "1"}));

class AcceptedKey : public testing::TestWithParam<Pair> {};

TEST_P(AcceptedKey, PassesThrough) {
  const auto& [key, value] = GetParam();
  const auto result = check_client_keys({{key, value}});
  EXPECT_TRUE(result) << result.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    ClientConfig, AcceptedKey,
    testing::Values(Pair{"isolation.level", "read_uncommitted"}, Pair{"fetch.wait.max.ms", "10"},
                    Pair{"linger.ms", "0"}, Pair{"compression.type", "lz4"},
                    Pair{"enable.idempotence", "TRUE"}, Pair{"acks", "all"}, Pair{"acks", "-1"},
                    Pair{"check.crcs", "true"}, Pair{"max.in.flight", "1"},
                    Pair{"queued.max.messages.kbytes", "16384"}, Pair{"client.id", "mine"},
                    Pair{"security.protocol", "sasl_ssl"}, Pair{"sasl.mechanism", "SCRAM-SHA-512"},
                    Pair{"sasl.username", "u"}, Pair{"sasl.password", "p"},
                    Pair{"ssl.ca.location", "/etc/ssl/ca"}, Pair{"ssl.key.password", "p"},
                    Pair{"ssl.endpoint.identification.algorithm", "https"}, Pair{"debug", "cgrp"}));

TEST(ClientConfig, EachKindOfClientGetsTheKeysThatItKnows) {
  using Keys = std::vector<std::pair<std::string, std::string>>;
  const KeysByKind keys = keys_by_kind(
      {{"compression.codec", "lz4"}, {"fetch.min.bytes", "1"}, {"security.protocol", "plaintext"}});
  EXPECT_EQ(keys.producer, (Keys{{"compression.codec", "lz4"}, {"security.protocol", "plaintext"}}));
  EXPECT_EQ(keys.consumer, (Keys{{"fetch.min.bytes", "1"}, {"security.protocol", "plaintext"}}));
}

TEST(ClientConfig, NoKeysAreFine) { EXPECT_TRUE(check_client_keys({})); }

TEST(ClientConfig, AnUnknownKeyIsLibrdkafkasOwnError) {
  const auto result = check_client_keys({{"linger.millis", "5"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::bad_config);
  EXPECT_THAT(result.error().message,
              AllOf(HasSubstr("\"linger.millis\""), HasSubstr("No such configuration property")));
}

TEST(ClientConfig, AnInvalidValueIsLibrdkafkasOwnError) {
  const auto result = check_client_keys({{"linger.ms", "soon"}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, AllOf(HasSubstr("\"linger.ms\""), HasSubstr("nvalid value")));
}

TEST(ClientConfig, AValueThatIsNoNumberIsLeftToLibrdkafka) {
  const auto result = check_client_keys({{"max.in.flight", "many"}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("nvalid value"));
}

TEST(ClientConfig, ASecretIsNeverPartOfAMessage) {
  const auto result = check_client_keys({{"ssl.key.pem", "hunter2"}, {"sasl.oauthbearer.method", "hunter2"}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace shoal::kafka
