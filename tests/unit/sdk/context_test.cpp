// Goal: a Context gives a behaviour everything a turn has and does everything a turn may do. Method: a module
// that does what its messages say runs in the testkit, and its effects are looked at.
#include "probe_test.hpp"

namespace {

using namespace std::chrono_literals;
using shoal::Status;
using shoal::testkit::Turn;
using Context = shoal::tests::ProbeTest;

TEST_F(Context, KnowsItsEntity) {
  EXPECT_EQ(kit_.ask("N1", "do", text("say who", "")).reply->body, R"({"text":"N1"})");
}

TEST_F(Context, SeesItsRecordSettingsSharedStateAndTrace) {
  const Turn turn =
      kit_.record("do", {.key = "one",
                         .value = text("look around", ""),
                         .headers = {{"color", "red"}, {"color", "blue"}, {"traceparent", "00-ab"}},
                         .topic = "flights",
                         .partition = 3,
                         .offset = 99,
                         .timestamp = shoal::Timestamp{1234ms},
                         .group = "aircraft"});
  ASSERT_EQ(turn.emits.size(), 1U) << turn.error;
  EXPECT_EQ(turn.emits[0].value, R"({"text":"hello 42 flights/3/99 aircraft blue 1234 00-ab random"})");
  EXPECT_EQ(turn.emits[0].key, "one");
  EXPECT_EQ(kit_.metric("things_total"), 2);
  EXPECT_EQ(kit_.log().back().level, shoal::LogLevel::warning);
}

TEST_F(Context, WithoutARecordHasNone) {
  EXPECT_EQ(tell("look around").emits.at(0).value, R"({"text":"hello 42 no trace random"})");
}

TEST_F(Context, ReadsTheModulesOwnConfig) {
  shoal::testkit::Kit kit("probe", {.module_config = {{"greeting", "ahoy"}}});
  const Turn turn = kit.tell("one", "do", text("look around", ""));
  EXPECT_EQ(turn.emits.at(0).value, R"({"text":"ahoy 10 no trace random"})");
}

TEST_F(Context, DrawsTheSameBitsFromTheSameSeed) {
  EXPECT_EQ(shoal::Random(7)(), shoal::Random(7)());
  EXPECT_NE(shoal::Random(7)(), shoal::Random(8)());
}

TEST_F(Context, RepliesInTheCodecOfTheMessage) {
  const Turn json = ask("say who");
  EXPECT_EQ(json.reply->codec, SHOAL_CODEC_JSON);
  const Turn raw = kit_.ask("one", "blob", "\xFF\x01");
  EXPECT_EQ(raw.reply->codec, SHOAL_CODEC_BYTES);
  EXPECT_EQ(raw.reply->body, "\xFF\x01");
}

TEST_F(Context, RepliesToNobodyWhereNobodyWaits) {
  EXPECT_TRUE(tell("say who").ok());
  EXPECT_TRUE(record("say who").ok());
  EXPECT_TRUE(tell("answer", "error").ok());
}

TEST_F(Context, RepliesWithAReason) {
  const Turn turn = ask("answer", "error");
  EXPECT_TRUE(turn.ok());
  EXPECT_EQ(turn.reply->status, Status::not_found);
  EXPECT_EQ(turn.reply->body, "no such thing");
}

TEST_F(Context, RepliesLaterByAToken) {
  const Turn asked = ask("answer", "later");
  EXPECT_EQ(kit_.reply_to(asked), std::nullopt);
  EXPECT_EQ(kit_.reload("one"), Status::ok) << "a token is part of the state";
  const Turn later = tell("answer", "now");
  ASSERT_EQ(later.late_replies.size(), 1U) << later.error;
  EXPECT_EQ(kit_.reply_to(asked)->body, R"({"text":"now"})");
  EXPECT_FALSE(tell("answer", "now").ok()) << "one ask has one answer";
}

TEST_F(Context, EmitsWithHeadersAndTime) {
  const Turn turn = tell("emit", "headers");
  ASSERT_EQ(turn.emits.size(), 1U) << turn.error;
  EXPECT_EQ(turn.emits[0].headers,
            (std::vector<shoal::testkit::HeaderData>{{"color", "red"}, {"empty", {}}}));
  EXPECT_EQ(turn.emits[0].timestamp, shoal::Timestamp{123ms});
  EXPECT_EQ(turn.emits[0].value, R"({"text":"x"})");
}

TEST_F(Context, EmitsBytesAndTombstones) {
  EXPECT_EQ(tell("emit", "raw").emits.at(0).value, "as it is");
  EXPECT_EQ(tell("emit", "raw").emits.at(0).key, std::nullopt);
  EXPECT_EQ(tell("emit", "tombstone").emits.at(0).value, std::nullopt);
}

TEST_F(Context, Tells) {
  const Turn turn = tell("send", "tell");
  ASSERT_EQ(turn.tells.size(), 1U) << turn.error;
  const auto& message = turn.tells[0];
  EXPECT_EQ(message.type + "/" + message.id + "/" + message.message, "friend/id/greet");
  EXPECT_EQ(message.body, R"({"text":"hi"})");
  EXPECT_EQ(message.request_id, "r1");
  EXPECT_EQ(message.activation, shoal::Activation::only_if_active);
  EXPECT_EQ(message.codec, SHOAL_CODEC_JSON);
}

TEST_F(Context, AsksAndGetsTheReplyWithWhatItLeftForIt) {
  const Turn turn = tell("send", "ask");
  ASSERT_EQ(turn.asks.size(), 1U) << turn.error;
  EXPECT_EQ(turn.asks[0].timeout, 2s);
  EXPECT_TRUE(
      kit_.answer(turn.asks[0], R"({"text":"yes"})", shoal::Codec{SHOAL_CODEC_JSON, "json", {}, {}}).ok());
  EXPECT_NE(seen().find("reply yes paid"), std::string::npos);
  EXPECT_THROW(kit_.refuse(turn.asks[0], Status::failed, ""), shoal::testkit::Misuse) << "it is answered";
}

TEST_F(Context, TellsWithAReceiptOfTheLevelItNames) {
  const Turn processed = tell("send", "processed");
  ASSERT_EQ(processed.asks.size(), 1U) << processed.error;
  EXPECT_TRUE(processed.tells.empty());
  EXPECT_EQ(processed.asks[0].receipt, shoal::Receipt::processed);
  EXPECT_EQ(processed.asks[0].timeout, 2s);
  EXPECT_EQ(processed.asks[0].request_id, "r1");
  EXPECT_EQ(tell("send", "accepted").asks.at(0).receipt, shoal::Receipt::accepted);
  EXPECT_EQ(tell("send", "ask").asks.at(0).receipt, shoal::Receipt::none);
  const Turn plain = tell("send", "no receipt");
  EXPECT_TRUE(plain.asks.empty());
  EXPECT_EQ(plain.tells.at(0).request_id, "r1");
  kit_.refuse(processed.asks[0], Status::failed, "no turn");
  EXPECT_NE(seen().find("no reply: no turn paid"), std::string::npos);
}

TEST_F(Context, HearsWhyAnAskHasNoReply) {
  const Turn refused = tell("send", "ask");
  kit_.refuse(refused.asks.at(0), Status::overloaded, "too busy");
  tell("send", "ask plainly");
  EXPECT_TRUE(kit_.advance(4999ms).empty());
  EXPECT_EQ(kit_.advance(1ms).size(), 1U);
  EXPECT_EQ(seen(),
            R"(["send","no reply: too busy paid","send","no reply: the deadline passed none","seen"])");
}

TEST_F(Context, Forwards) {
  const Turn turn = ask("send", "forward");
  ASSERT_EQ(turn.forwards.size(), 1U) << turn.error;
  EXPECT_EQ(turn.forwards[0].message, "do");
  EXPECT_EQ(turn.forwards[0].body, text("send", "forward"));
  EXPECT_EQ(ask("send", "forward another").forwards.at(0).body, R"({"text":"hi"})");
}

TEST_F(Context, RefusesItsMessageAndKeepsTheRest) {
  const Turn turn = record("answer", "refuse");
  EXPECT_EQ(turn.status, Status::dead_letter);
  EXPECT_EQ(turn.error, "refused by the behaviour");
  EXPECT_EQ(seen(), R"(["answer","seen"])") << "the turn is no failure";
  EXPECT_EQ(ask("answer", "refuse and reply").reply->body, R"({"text":"both"})");
}

TEST_F(Context, SetsReplacesAndCancelsTimers) {
  tell("time", "once");
  kit_.advance(4s);
  tell("time", "again");
  EXPECT_TRUE(kit_.advance(6s).empty());
  tell("time", "repeat");
  const auto turns = kit_.advance(5s);
  ASSERT_EQ(turns.size(), 4U) << "once, and after 1 s, 3 s and 5 s";
  EXPECT_EQ(turns[0].phase, SHOAL_PHASE_TIMER);
  tell("time", "cancel");
  EXPECT_TRUE(kit_.advance(1min).empty());
  EXPECT_EQ(seen(),
            R"(["time","time","time","timer once 0","timer repeat 0","timer repeat 0","timer repeat 0",)"
            R"("time","seen"])");
}

TEST_F(Context, GivesTimersTheirContinuation) {
  tell("time", "once");
  kit_.advance(5s);
  EXPECT_NE(seen().find("timer once 3"), std::string::npos);
}

TEST_F(Context, TimesOutWhenNothingComes) {
  tell("time", "quiet");
  kit_.advance(9s);
  tell("seen");
  EXPECT_TRUE(kit_.advance(9s).empty());
  const auto turns = kit_.advance(1s);
  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0].stopped, shoal::StopReason::passivated);
  EXPECT_FALSE(kit_.active("one"));
  tell("time", "quiet");
  tell("time", "not quiet");
  EXPECT_TRUE(kit_.advance(1min).empty());
}

TEST_F(Context, RemindsAnEntityThatHasLeftMemory) {
  tell("time", "remind");
  tell("end", "passivate");
  EXPECT_FALSE(kit_.active("one"));
  EXPECT_EQ(kit_.advance(1h).size(), 1U);
  EXPECT_EQ(seen(), R"(["reminder tea","seen"])");
  tell("time", "remind");
  tell("time", "do not remind");
  EXPECT_TRUE(kit_.advance(1h).empty());
  tell("time", "remind");
  tell("end", "stop");
  EXPECT_EQ(kit_.advance(1h).size(), 1U) << "also one that was stopped";
}

TEST_F(Context, StashesAndUnstashesInOrder) {
  tell("time", "stash until");
  EXPECT_TRUE(ask("time", "stash").stashed);
  EXPECT_TRUE(tell("time", "stash").stashed);
  const auto turns = kit_.advance(1s);
  ASSERT_EQ(turns.size(), 1U);
  ASSERT_EQ(turns[0].caused.size(), 2U);
  EXPECT_TRUE(turns[0].caused[0].ask_number.has_value()) << "a stashed ask is an ask again";
  EXPECT_FALSE(turns[0].caused[1].ask_number.has_value());
}

TEST_F(Context, StopsAndPassivatesWithALastTurn) {
  const Turn stopped = tell("end", "stop");
  ASSERT_EQ(stopped.caused.size(), 1U);
  EXPECT_EQ(stopped.caused[0].emits.at(0).value, R"({"text":"stopped 1"})");
  EXPECT_EQ(seen(), R"(["seen"])") << "a new incarnation";
  EXPECT_EQ(tell("end", "passivate").caused.at(0).emits.at(0).value, R"({"text":"stopped 2"})");
  tell("seen");
  EXPECT_EQ(kit_.stop("one", shoal::StopReason::shutdown).emits.at(0).value, R"({"text":"stopped 3"})");
}

TEST_F(Context, TakesTombstonesOfRecords) {
  EXPECT_TRUE(kit_.record("do", {.key = "one"}).ok());
  EXPECT_EQ(seen(), R"(["tombstone","seen"])");
}

TEST_F(Context, TakesAQuestionWithoutABody) {
  EXPECT_EQ(kit_.ask("one", "empty").reply->body, R"({"text":"empty"})");
  EXPECT_EQ(kit_.ask("one", "empty", "").reply->body, R"({"text":"empty"})");
  EXPECT_EQ(kit_.ask("one", "empty", "{}").reply->body, R"({"text":"empty"})");
}

}  // namespace
