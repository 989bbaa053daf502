// Goal: whatever goes wrong in a turn becomes a status and a text, its effects are gone, and no exception
// leaves the module. Method: a module that does what its messages say is told to do each wrong thing.
#include "allocations.hpp"
#include "probe_test.hpp"

namespace {

using namespace std::chrono_literals;
using shoal::Status;
using shoal::testkit::Kit;
using shoal::testkit::Misuse;
using shoal::testkit::Turn;
using Refusals = shoal::tests::ProbeTest;

TEST_F(Refusals, AnExceptionFailsTheTurnAndDropsTheEntity) {
  tell("seen");
  const Turn turn = ask("fail");
  EXPECT_EQ(turn.status, Status::failed);
  EXPECT_EQ(turn.error, "as it was told");
  EXPECT_EQ(turn.reply->status, Status::failed) << "whoever asked hears of it";
  EXPECT_EQ(seen(), R"(["seen"])") << "a new incarnation";
}

TEST_F(Refusals, AnythingThrownIsCaught) {
  EXPECT_EQ(tell("fail oddly").error, "an exception that is no std::exception");
  const Turn turn = tell("fail for memory");
  EXPECT_EQ(turn.status, Status::out_of_memory);
  EXPECT_EQ(turn.error, "out of memory");
}

TEST_F(Refusals, AnUndecodableMessageSaysWhatAndWhere) {
  tell("seen");
  const Turn turn = kit_.tell("one", "do", R"({"what":5})");
  EXPECT_EQ(turn.status, Status::undecodable);
  EXPECT_EQ(turn.error,
            "message 'do': field 'what': expected a string, found a whole number (at byte 10 of 10)");
  EXPECT_EQ(seen(), R"(["seen","seen"])") << "the entity stays";
  EXPECT_EQ(kit_.tell("one", "do").error, "message 'do': no body: field 'what': the field is missing");
  EXPECT_EQ(kit_.record("do", {.key = "one", .value = ""}).status, Status::undecodable)
      << "an empty record is no question";
}

TEST_F(Refusals, ARefusedEffectFailsTheTurn) {
  const Turn turn = tell("emit", "unknown");
  EXPECT_EQ(turn.status, Status::failed);
  EXPECT_EQ(turn.error, "emit to sink 'nowhere': not found");
}

TEST_F(Refusals, ARefusedEffectCanBeCaught) {
  EXPECT_EQ(tell("emit", "caught").emits.at(0).value, R"({"text":"not found"})");
}

TEST_F(Refusals, AFailedTurnHasNoEffects) { EXPECT_TRUE(tell("emit", "then fail").emits.empty()); }

TEST_F(Refusals, ASecondReplyFailsTheTurn) {
  EXPECT_EQ(ask("answer", "twice").error, "reply: an argument is out of its range");
}

TEST_F(Refusals, AReplyTokenIsForAsks) { EXPECT_EQ(tell("answer", "later").error, "reply_token: not found"); }

TEST_F(Refusals, ArgumentsOutOfRangeFailTheTurn) {
  for (const auto& [what, word] : std::initializer_list<std::pair<const char*, const char*>>{
           {"time", "nameless"}, {"time", "past"}, {"send", "nobody"}, {"send", "too long"}}) {
    const Turn turn = tell(what, word);
    EXPECT_EQ(turn.status, Status::failed) << word;
    EXPECT_NE(turn.error.find("out of its range"), std::string::npos) << word << ": " << turn.error;
  }
}

TEST_F(Refusals, AnEventTheModuleDoesNotNameFailsTheTurn) {
  EXPECT_NE(tell("end", "unknown event").error.find("names no event"), std::string::npos);
}

TEST_F(Refusals, ACallOfTheWrongPhaseFailsTheTurn) {
  tell("time", "wrong phase");
  const auto turns = kit_.advance(1s);
  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0].error, "dead_letter: the call is not legal in this phase of the entity's life");
  EXPECT_FALSE(kit_.active("one"));
}

TEST_F(Refusals, AdmissionRefusesAndItsExceptionsAreCaught) {
  const Turn refused = kit_.record("do", {.key = "bad", .value = "{}"});
  EXPECT_EQ(refused.status, Status::dead_letter);
  EXPECT_EQ(refused.error, "a bad key");
  const Turn by_settings = kit_.record("do", {.key = "one", .value = "{}", .partition = 43});
  EXPECT_EQ(by_settings.error, "a partition over the limit");
  const Turn thrown = kit_.record("do", {.key = "throws", .value = "{}"});
  EXPECT_EQ(thrown.status, Status::failed);
  EXPECT_EQ(thrown.error, "admit threw");
}

TEST_F(Refusals, ABadConfigurationFailsTheSetUpWithItsReason) {
  const auto reason = [](shoal::testkit::KitOptions options) {
    try {
      Kit kit("probe", std::move(options));
    } catch (const Misuse& misuse) {
      return std::string(misuse.what());
    }
    return std::string("none");
  };
  EXPECT_NE(reason({.config = {{"limit", -1}}}).find("limit is below zero"), std::string::npos);
  EXPECT_NE(reason({.config = {{"limti", 1}}}).find("there is no field 'limti'"), std::string::npos);
  EXPECT_NE(reason({.config = {{"limit", "x"}}}).find("expected a whole number"), std::string::npos);
  EXPECT_NE(reason({.module_config = {{"greeting", 5}}}).find("config key 'greeting' must be a string"),
            std::string::npos);
}

// Returns what a turn allocates beyond the testkit's own bookkeeping: that of a turn that does nothing at
// all.
TEST_F(Refusals, TheSdkAllocatesNothingForABehaviourThatAllocatesNothing) {
  const shoal_entity_type& type = kit_.type();
  kit_.ask("one", "blob", "x");
  // The same receive, called through the table, with a turn whose effects do nothing.
  static constexpr auto ok = [](const shoal_turn*, const shoal_reply*) -> shoal_status {
    return SHOAL_STATUS_OK;
  };
  shoal_effects effects{};
  effects.size = sizeof(effects);
  effects.reply = ok;
  shoal_turn turn{};
  turn.size = sizeof(turn);
  turn.phase = SHOAL_PHASE_RECEIVE;
  turn.effects = &effects;
  turn.expects_reply = 1;
  const std::string id = "one";
  turn.entity_id = {reinterpret_cast<const std::uint8_t*>(id.data()), id.size()};
  shoal::testkit::FakeHost host;
  shoal::testkit::TableView config({});
  shoal::testkit::ModuleUnderTest module(shoal_module_entry(), host, config);
  shoal::testkit::StringWriter error(100);
  void* instance = nullptr;
  ASSERT_EQ(type.configure(module.instance(), &config.abi(), error.abi(), &instance), SHOAL_STATUS_OK);
  shoal::testkit::Slot slot(type);
  ASSERT_EQ(type.construct(instance, slot.memory(), &turn), SHOAL_STATUS_OK);
  shoal::tests::reset_allocations();
  EXPECT_EQ(type.receive(instance, slot.memory(), &turn, 2, turn.entity_id), SHOAL_STATUS_OK);
  EXPECT_EQ(shoal::tests::allocations().count, 0U);
  type.destroy(instance, slot.memory());
  type.release(instance);
}

}  // namespace
