// Goal: a record or message runs through its shard as the folder's README says: made on the first message,
// refused with the right reason, rolled back when it fails; effects this version cannot serve say so. Method:
// the module "probe", loaded as a host loads it, driven through one shard.

#include "host/lanes/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/modules/registry.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kShards = 4;

// Every key belongs to shard 1, except those that begin with '-'.
std::uint32_t partition_of(shoal_bytes key, std::uint32_t) { return to_view(key).starts_with('-') ? 2 : 1; }

shoal_status no_header(const shoal_record*, std::uint32_t, shoal_header*) { return SHOAL_STATUS_NOT_FOUND; }

class ShardTest : public testing::Test {
 protected:
  ShardTest() {
    const auto loaded = registry_.load(tests::test_module("probe"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    const auto type = registry_.find_type("probe");
    catalogue_.add({TypeIndex{0}, kShards, type});
    mail_.set_ask_room(100);
    shard_.emplace(
        Shard::Options{ShardId{1}, TypeIndex{0}, kShards, type, partition_of, {}, &memory_, &surroundings_});
    turn_.begin_batch(1'700'000'000'000'000'000, 1'000'000'000);
  }
  ~ShardTest() override { shard_->stop_all(turn_, SHOAL_STOP_REASON_SHUTDOWN, 0); }

  std::uint32_t message(std::string_view name) const { return *shard_->type().find_message(name); }

  DeadLetterReason ask(std::string_view id, std::string_view name, std::string_view body,
                       std::string_view traceparent = "") {
    EnvelopeParts parts;
    parts.kind = EnvelopeKind::ask;
    parts.shard = ShardId{1};
    parts.message_index = message(name);
    parts.id = id;
    parts.hash = hash_of(id);
    parts.body = to_bytes(body);
    parts.traceparent = traceparent;
    parts.reply_to = {0, 1, 1};
    EnvelopeBuffer envelope;
    return shard_->run(turn_, envelope.add(parts), nullptr, 0).reason;
  }
  // What the last turn replied.
  std::string reply() {
    std::string body = "no reply";
    mail_.take_all([&](const Envelope& envelope, const AskStart*) {
      if (envelope.kind() == EnvelopeKind::reply) body = to_view(envelope.body());
    });
    return body;
  }
  std::string reply_to(std::string_view id, std::string_view name, std::string_view body) {
    EXPECT_EQ(ask(id, name, body), DeadLetterReason::none) << turn_.error();
    return reply();
  }
  shoal_status call(std::string_view effect) {
    const std::string direct = reply_to("caller", "call", effect);
    return static_cast<shoal_status>(std::stoul(direct));
  }
  DeadLetterReason run_record(shoal_bytes key, shoal_bytes value, std::string_view name) {
    shoal_record record{};
    record.size = sizeof record;
    record.topic = to_bytes("in");
    record.key = key;
    record.value = value;
    record.header = no_header;
    return shard_->run(turn_, record, message(name), hash_of(to_view(key)), nullptr, 77).reason;
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  SinkNames sinks_{"other", "out"};
  Catalogue catalogue_{partition_of};
  ShardSurroundings surroundings_;
  Outbox& outbox_ = surroundings_.outputs.records;
  Mail& mail_ = surroundings_.outputs.mail;
  TypeMemory memory_{TypePolicy{}};
  Turn turn_{Turn::Options{&sinks_, &outbox_, &mail_, &catalogue_, 1'000, 1, 1}};
  std::optional<Shard> shard_;
};

TEST_F(ShardTest, AnEntityIsMadeOnItsFirstMessageAndKeepsItsState) {
  EXPECT_EQ(memory_.entities(), 0U);
  EXPECT_EQ(reply_to("a", "count", ""), "1");
  EXPECT_EQ(reply_to("a", "count", ""), "2");
  EXPECT_EQ(reply_to("b", "count", ""), "1");
  EXPECT_EQ(memory_.entities(), 2U);
}

TEST_F(ShardTest, AStoppedEntityStartsAnewOnItsNextMessage) {
  EXPECT_EQ(reply_to("a", "count", ""), "1");
  EXPECT_EQ(reply_to("a", "stop", ""), "stopping");
  EXPECT_EQ(memory_.entities(), 0U);
  EXPECT_EQ(reply_to("a", "count", ""), "1");
}

TEST_F(ShardTest, AFailedTurnLosesItsEffectsAndItsEntity) {
  EXPECT_EQ(reply_to("a", "count", ""), "1");
  EXPECT_EQ(ask("a", "throw", "nothing of it leaves"), DeadLetterReason::turn_failed);
  EXPECT_EQ(turn_.error(), "probe gave up after its effects");
  EXPECT_EQ(reply(), "no reply");
  EXPECT_TRUE(outbox_.empty());
  EXPECT_EQ(reply_to("a", "count", ""), "1");
}

TEST_F(ShardTest, AFailedTurnKeepsTheEffectsOfEarlierTurns) {
  EXPECT_EQ(ask("a", "emit", "kept"), DeadLetterReason::none);
  EXPECT_EQ(ask("a", "throw", "gone"), DeadLetterReason::turn_failed);
  EXPECT_EQ(to_view(outbox_.front().value), "kept");
  outbox_.pop();
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(ShardTest, AnUndecodableBodyLeavesTheEntityAsItWas) {
  EXPECT_EQ(reply_to("a", "count", ""), "1");
  EXPECT_EQ(ask("a", "garbled", ""), DeadLetterReason::undecodable);
  EXPECT_EQ(reply_to("a", "count", ""), "2");
  EXPECT_EQ(ask("b", "garbled", ""), DeadLetterReason::undecodable);
  EXPECT_EQ(memory_.entities(), 1U);
}

TEST_F(ShardTest, AnEntityThatCannotBeMadeIsADeadLetter) {
  EXPECT_EQ(ask("unborn", "count", ""), DeadLetterReason::construct_failed);
  EXPECT_EQ(turn_.error(), "probe refuses to be born");
  EXPECT_EQ(memory_.entities(), 0U);
}

TEST_F(ShardTest, RecordsAreRefusedByName) {
  EXPECT_EQ(run_record(null_bytes, to_bytes("v"), "count"), DeadLetterReason::key_missing);
  EXPECT_EQ(run_record(to_bytes(""), to_bytes("v"), "count"), DeadLetterReason::key_missing);
  EXPECT_EQ(run_record(to_bytes(std::string(1025, 'k')), to_bytes("v"), "count"),
            DeadLetterReason::key_too_long);
  EXPECT_EQ(run_record(to_bytes(std::string(1024, 'k')), to_bytes("v"), "count"), DeadLetterReason::none);
  EXPECT_EQ(run_record(to_bytes("-elsewhere"), to_bytes("v"), "count"), DeadLetterReason::misaligned_key);
  EXPECT_THAT(turn_.error(), testing::HasSubstr("partition 2"));
  EXPECT_EQ(run_record(to_bytes("a"), null_bytes, "count"), DeadLetterReason::null_value);
  EXPECT_EQ(run_record(to_bytes("a"), null_bytes, "nullable"), DeadLetterReason::none);
  EXPECT_EQ(run_record(to_bytes("a"), to_bytes("why"), "dead"), DeadLetterReason::refused_by_turn);
  EXPECT_EQ(turn_.error(), "why");
}

TEST_F(ShardTest, EmitsCarryTheTurnsTagAndSink) {
  EXPECT_EQ(run_record(to_bytes("a"), to_bytes("payload"), "emit"), DeadLetterReason::none);
  EXPECT_EQ(turn_.emits(), 1U);
  const OutboxRecord emitted = outbox_.front();
  EXPECT_EQ(emitted.output, 1U);
  EXPECT_EQ(emitted.tag, 77U);
  EXPECT_EQ(to_view(emitted.key), "a");
  EXPECT_EQ(to_view(emitted.value), "payload");
  ASSERT_EQ(emitted.headers.size(), 1U);
  EXPECT_EQ(to_view(emitted.headers[0].name), "probe");
}

TEST_F(ShardTest, ARecordTooLargeForASinkFailsItsTurn) {
  EXPECT_EQ(run_record(to_bytes("a"), to_bytes(std::string(2'000, 'x')), "emit"),
            DeadLetterReason::turn_failed);
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(ShardTest, ServedEffectsSucceed) {
  for (const auto* effect : {"set_error", "emit", "reply_token", "tell", "cancel_timer", "unstash",
                             "dead_letter", "passivate", "stop"}) {
    ask("caller", "call", effect);
    EXPECT_EQ(reply(), "0") << effect;
  }
  EXPECT_EQ(call("emit_nowhere"), SHOAL_STATUS_NOT_FOUND);
  EXPECT_EQ(call("traceparent"), SHOAL_STATUS_NOT_FOUND);
  ASSERT_EQ(ask("caller", "call", "reply_twice"), DeadLetterReason::none);
  EXPECT_EQ(reply_to("caller", "last", ""), std::to_string(SHOAL_STATUS_INVALID_ARGUMENT));
}

// The probe has none of the functions that would be called back.
TEST_F(ShardTest, EffectsWithoutAFunctionToCallBackAreRefused) {
  for (const auto* effect : {"ask", "set_timer", "set_receive_timeout"}) {
    EXPECT_EQ(call(effect), SHOAL_STATUS_INVALID_ARGUMENT) << effect;
  }
}

TEST_F(ShardTest, AReceiptGoesWithAnAskOnly) {
  EXPECT_EQ(call("tell_with_receipt"), SHOAL_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(call("forward_with_receipt"), SHOAL_STATUS_INVALID_ARGUMENT);
}

TEST_F(ShardTest, EffectsThatCannotBeServedYetSaySo) {
  for (const auto* effect : {"persist", "set_reminder", "cancel_reminder"}) {
    EXPECT_EQ(call(effect), SHOAL_STATUS_UNSUPPORTED) << effect;
  }
}

TEST_F(ShardTest, TheTraceparentOfAMessageReachesItsTurn) {
  ask("caller", "call", "traceparent", "00-1-2-01");
  EXPECT_EQ(reply(), std::to_string(SHOAL_STATUS_OK));
}

TEST_F(ShardTest, TheTraceparentOfAMessageGoesOnWithTheRecordsOfItsTurn) {
  ASSERT_EQ(ask("caller", "emit", "payload", "00-1-2-01"), DeadLetterReason::none);
  const OutboxRecord emitted = outbox_.front();
  ASSERT_EQ(emitted.headers.size(), 2U);
  EXPECT_EQ(to_view(emitted.headers[0].name), "probe");
  EXPECT_EQ(to_view(emitted.headers[1].name), "traceparent");
  EXPECT_EQ(to_view(emitted.headers[1].value), "00-1-2-01");
}

TEST_F(ShardTest, NowAndRandomStandStillInATurnAndRandomChangesBetweenTurns) {
  run_record(to_bytes("a"), to_bytes("v"), "count");
  const std::uint64_t first = turn_.abi()->random;
  EXPECT_EQ(turn_.abi()->now_ns, 1'700'000'000'000'000'000);
  run_record(to_bytes("a"), to_bytes("v"), "count");
  EXPECT_NE(turn_.abi()->random, first);
}

TEST_F(ShardTest, ListsUpToItsLimit) {
  for (int i = 0; i < 10; ++i) run_record(to_bytes(std::to_string(i)), to_bytes("v"), "count");
  std::vector<std::string> ids;
  shard_->list(3, ids);
  EXPECT_EQ(ids.size(), 3U);
  shard_->list(100, ids);
  EXPECT_EQ(ids.size(), 13U);
}

TEST_F(ShardTest, DescribingWhatIsNotThereOrCannotDescribeItselfIsAnError) {
  EXPECT_EQ(shard_->describe("nobody").error().code, ErrorCode::not_found);
  run_record(to_bytes("a"), to_bytes("v"), "count");
  const auto described = shard_->describe("a");
  EXPECT_EQ(described.has_value(), shard_->type().abi->describe != nullptr);
}

}  // namespace
}  // namespace shoal::lanes
