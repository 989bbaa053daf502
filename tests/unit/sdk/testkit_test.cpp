// Goal: the testkit refuses modules and calls that break a rule of the ABI, and says which rule. Method: a
// module written by hand has sound tables; each test spoils one thing.
#include "shoal/testkit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "hand_made_module.hpp"
#include "shoal/abi/phases.h"

namespace {

using shoal::Status;
using shoal::testkit::Kit;
using shoal::testkit::Misuse;
using shoal::testkit::Turn;
using shoal::tests::HandMadeModule;

shoal_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Testkit : public testing::Test {
 protected:
  // Why the testkit does not take the module.
  static std::string refusal() {
    try {
      Kit kit("thing");
    } catch (const Misuse& misuse) {
      return misuse.what();
    }
    return "none";
  }

  // What one message comes to.
  static Turn poke(shoal::tests::Behaviour behaviour) {
    shoal::tests::on_receive = behaviour;
    Kit kit("thing");
    return kit.ask("a", "poke", "body");
  }

  static std::string misuse_of(shoal::tests::Behaviour behaviour) {
    try {
      poke(behaviour);
    } catch (const Misuse& misuse) {
      return misuse.what();
    }
    return "none";
  }

  HandMadeModule made_;
};

TEST_F(Testkit, TakesASoundModule) { EXPECT_EQ(refusal(), "none"); }

TEST_F(Testkit, RefusesABrokenHandshake) {
  made_.module.magic = 1;
  EXPECT_EQ(refusal(), "the module's magic is wrong");
}

TEST_F(Testkit, RefusesAnotherDraft) {
  made_.module.abi = SHOAL_ABI + 1;
  EXPECT_NE(refusal().find("another draft"), std::string::npos);
}

TEST_F(Testkit, RefusesEventsThatAJournalCannotTellApart) {
  std::array<shoal_event_type, 2> events{made_.event, made_.event};
  events[0].name = "free_carrier_name_given";
  events[1].name = "green_hangar_account_filled";
  made_.type.events = events.data();
  made_.type.event_count = 2;
  EXPECT_EQ(
      refusal(),
      "entity type 'thing': events 'free_carrier_name_given' and 'green_hangar_account_filled' have names of "
      "the same CRC32C, by which a journal names them");
  events[1].name = "happened";
  EXPECT_EQ(refusal(), "none");
}

TEST_F(Testkit, KnowsNoEventsOfNewerVersions) {
  Kit kit("thing");
  kit.append_event("a", {"happened", 1, ""});
  EXPECT_TRUE(kit.tell("a", "poke").ok());
  kit.append_event("b", {"happened", 2, ""});
  EXPECT_THROW(kit.tell("b", "poke"), Misuse);
  EXPECT_FALSE(kit.active("b"));
}

TEST_F(Testkit, RefusesAnotherSizeAndMissingFunctions) {
  made_.module.size -= 8;
  EXPECT_NE(refusal().find("sizeof(shoal_module)"), std::string::npos);
  made_.module.size += 8;
  made_.module.quiesce = nullptr;
  EXPECT_NE(refusal().find("NULL"), std::string::npos);
}

TEST_F(Testkit, RefusesATypeThatBreaksARule) {
  const shoal_entity_type sound = made_.type;
  const auto refused = [&](const std::function<void(shoal_entity_type&)>& spoil) {
    made_.type = sound;
    spoil(made_.type);
    return refusal();
  };
  EXPECT_NE(refused([](auto& type) { type.name = "Thing"; }).find("[a-z]"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.name = nullptr; }).find("NULL"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.slot_size = 0; }).find("slot_size"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.slot_alignment = 3; }).find("slot_alignment"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.message_count = 0; }).find("message_count"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.receive = nullptr; }).find("receive"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.apply = nullptr; }).find("apply"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.state_version = 1; }).find("state_version"), std::string::npos);
  EXPECT_NE(refused([](auto& type) { type.size = 1; }).find("sizeof(shoal_entity_type)"), std::string::npos);
}

TEST_F(Testkit, NamesTheTypesAndMessagesThereAre) {
  try {
    Kit kit("thin");
    FAIL();
  } catch (const Misuse& misuse) {
    EXPECT_STREQ(misuse.what(), "the module has no entity type 'thin'; it has: thing");
  }
  Kit kit("thing");
  EXPECT_THROW(kit.tell("a", "pock"), Misuse);
  EXPECT_THROW(kit.tell("", "poke"), Misuse);
  EXPECT_THROW(kit.save("a"), Misuse) << "the type has no save";
  EXPECT_THROW(kit.stop("a", shoal::StopReason::stopped), Misuse) << "it is not in memory";
}

TEST_F(Testkit, FindsAContextThatWasKept) {
  static const shoal_turn* kept = nullptr;
  shoal::tests::on_receive = [](const shoal_turn* turn, shoal_bytes) -> shoal_status {
    if (kept != nullptr) kept->effects->stop(kept);
    kept = turn;
    return SHOAL_STATUS_OK;
  };
  Kit kit("thing");
  kit.tell("a", "poke");
  EXPECT_THROW(kit.tell("a", "poke"), Misuse);
}

TEST_F(Testkit, FindsAnUnknownStatusAndAStructOfAnotherSize) {
  EXPECT_NE(misuse_of([](const shoal_turn*, shoal_bytes) -> shoal_status { return 99; }).find("99"),
            std::string::npos);
  EXPECT_NE(misuse_of([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
              const shoal_emit emit{};
              return turn->effects->emit(turn, &emit);
            }).find("shoal_emit"),
            std::string::npos);
}

// Calls every effect with sound arguments and gives their statuses, in the order of shoal_effect.
std::vector<shoal_status> call_every_effect(const shoal_turn* turn) {
  const shoal_effects& effects = *turn->effects;
  const shoal_reply reply{sizeof(reply), SHOAL_STATUS_OK, SHOAL_CODEC_BYTES, 0, bytes("x")};
  shoal_reply_token token{};
  const shoal_emit emit{sizeof(emit), 0, bytes("sink"), {nullptr, 0}, bytes("x"), nullptr, -1};
  shoal_message message{};
  message.size = sizeof(message);
  message.type = bytes("thing");
  message.id = bytes("b");
  message.message = bytes("poke");
  shoal_message ask = message;
  ask.timeout_ms = 1;
  const shoal_continuation continuation{1, 0, bytes("")};
  const shoal_timer timer{sizeof(timer), 0, bytes("t"), 1, 0, continuation};
  const shoal_reminder reminder{sizeof(reminder), 0, bytes("r"), 1, 0, continuation};
  return {effects.reply(turn, &reply),
          effects.reply_token(turn, &token),
          effects.reply_to(turn, &token, &reply),
          effects.emit(turn, &emit),
          effects.tell(turn, &message),
          effects.ask(turn, &ask, &continuation),
          effects.forward(turn, &message),
          effects.dead_letter(turn, bytes("why")),
          effects.set_timer(turn, &timer),
          effects.cancel_timer(turn, bytes("t")),
          effects.set_receive_timeout(turn, 1),
          effects.stash(turn),
          effects.unstash(turn),
          effects.persist(turn, 0, bytes("x")),
          effects.set_reminder(turn, &reminder),
          effects.cancel_reminder(turn, bytes("r")),
          effects.passivate(turn),
          effects.stop(turn)};
}

std::vector<shoal_status> statuses;

shoal_status call_all(const shoal_turn* turn, shoal_bytes) {
  statuses = call_every_effect(turn);
  return SHOAL_STATUS_OK;
}

void expect_phase_table(shoal_phase phase) {
  ASSERT_EQ(statuses.size(), std::size_t{SHOAL_EFFECT_COUNT});
  for (shoal_effect effect = 0; effect < SHOAL_EFFECT_COUNT; ++effect) {
    const bool legal = (shoal_effect_phases(effect) & SHOAL_PHASE_BIT(phase)) != 0;
    EXPECT_EQ(statuses[effect] != SHOAL_STATUS_WRONG_PHASE, legal)
        << "effect " << effect << " in phase " << phase;
  }
}

TEST_F(Testkit, KeepsTheTableOfPhases) {
  shoal::tests::on_construct = &call_all;
  Kit kit("thing");
  kit.tell("constructed", "poke");
  expect_phase_table(SHOAL_PHASE_CONSTRUCT);

  shoal::tests::on_construct = nullptr;
  shoal::tests::on_receive = &call_all;
  kit.ask("received", "poke");
  expect_phase_table(SHOAL_PHASE_RECEIVE);

  shoal::tests::on_receive = [](const shoal_turn* turn, shoal_bytes) -> shoal_status {
    const shoal_timer timer{sizeof(timer), 0, bytes("t"), 1, 0, {0, 0, {nullptr, 0}}};
    return turn->effects->set_timer(turn, &timer);
  };
  shoal::tests::on_timer = &call_all;
  kit.tell("timed", "poke");
  kit.advance(shoal::Milliseconds{1});
  expect_phase_table(SHOAL_PHASE_TIMER);

  shoal::tests::on_stop = &call_all;
  kit.tell("stopping", "poke");
  kit.stop("stopping", shoal::StopReason::shutdown);
  expect_phase_table(SHOAL_PHASE_STOP);
}

// The page people read and the table the code checks against are the same.
TEST(AbiPage, HasTheTableOfPhases) {
  std::ifstream page(SHOAL_ABI_PAGE);
  std::string line;
  while (std::getline(page, line) && !line.starts_with("| effect | CONSTRUCT |")) {
  }
  std::getline(page, line);
  for (shoal_effect effect = 0; effect < SHOAL_EFFECT_COUNT; ++effect) {
    ASSERT_TRUE(static_cast<bool>(std::getline(page, line)));
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, '|');
    std::getline(cells, cell, '|');
    const std::string name = cell;
    for (shoal_phase phase = SHOAL_PHASE_CONSTRUCT; phase <= SHOAL_PHASE_APPLY; ++phase) {
      ASSERT_TRUE(static_cast<bool>(std::getline(cells, cell, '|')));
      const bool legal = (shoal_effect_phases(effect) & SHOAL_PHASE_BIT(phase)) != 0;
      EXPECT_EQ(cell, legal ? " yes " : " - ") << name << "in phase " << phase;
    }
  }
}

TEST_F(Testkit, ServesEveryEffectInATurnOfAnAsk) {
  const Turn turn = poke(&call_all);
  ASSERT_TRUE(turn.ok() || turn.status == Status::dead_letter) << turn.error;
  for (shoal_effect effect = 0; effect < SHOAL_EFFECT_COUNT; ++effect) {
    // A second answer to one ask: by its token, and by handing it on.
    const bool second = effect == SHOAL_EFFECT_REPLY_TO || effect == SHOAL_EFFECT_FORWARD;
    EXPECT_EQ(statuses[effect], second ? SHOAL_STATUS_INVALID_ARGUMENT : SHOAL_STATUS_OK)
        << "effect " << effect;
  }
  EXPECT_EQ(turn.emits.size(), 1U);
  EXPECT_EQ(turn.tells.size(), 1U);
  EXPECT_EQ(turn.asks.size(), 1U);
  EXPECT_EQ(turn.events.size(), 1U);
  EXPECT_EQ(turn.stopped, shoal::StopReason::stopped);
}

TEST_F(Testkit, BoundsWhatItTakes) {
  const auto status = [](shoal::tests::Behaviour behaviour) { return poke(behaviour).status; };
  EXPECT_EQ(status([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
              const std::string name(256, 'x');
              const shoal_timer timer{sizeof(timer), 0, bytes(name), 1, 0, {0, 0, {nullptr, 0}}};
              return turn->effects->set_timer(turn, &timer);
            }),
            Status::invalid_argument);
  EXPECT_EQ(status([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
              const std::string payload(64 * 1024 + 1, 'x');
              const shoal_timer timer{sizeof(timer), 0, bytes("t"), 1, 0, {0, 0, bytes(payload)}};
              return turn->effects->set_timer(turn, &timer);
            }),
            Status::too_large);
  EXPECT_EQ(status([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
              return turn->effects->persist(turn, 1, bytes("x"));
            }),
            Status::invalid_argument);
  EXPECT_EQ(status([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
              shoal_message message{};
              message.size = sizeof message;
              message.type = bytes("thing");
              message.id = bytes("b");
              message.message = bytes("poke");
              if (turn->effects->tell(turn, &message) != SHOAL_STATUS_OK) return SHOAL_STATUS_FAILED;
              message.flags = SHOAL_MESSAGE_RECEIPT_ACCEPTED;
              return turn->effects->tell(turn, &message);
            }),
            Status::invalid_argument);
}

TEST_F(Testkit, CutsErrorsAtTheirBound) {
  const Turn failed = poke([](const shoal_turn* turn, shoal_bytes) -> shoal_status {
    const std::string text(5000, 'x');
    turn->effects->set_error(turn, bytes(text));
    return SHOAL_STATUS_FAILED;
  });
  EXPECT_EQ(failed.error.size(), 1024U);
}

TEST_F(Testkit, StopsTimersThatNeverEnd) {
  shoal::tests::on_receive = [](const shoal_turn* turn, shoal_bytes) -> shoal_status {
    const shoal_timer timer{sizeof(timer), 0, bytes("t"), 0, 0, {0, 0, {nullptr, 0}}};
    return turn->effects->set_timer(turn, &timer);
  };
  shoal::tests::on_timer = shoal::tests::on_receive;
  Kit kit("thing");
  kit.tell("a", "poke");
  EXPECT_THROW(kit.advance(shoal::Milliseconds{1}), Misuse);
}

TEST_F(Testkit, RefusesRecordsAsAHostDoes) {
  Kit kit("thing");
  EXPECT_EQ(kit.record("poke", {.key = {}, .value = "x"}).error, "the record has no key");
  EXPECT_EQ(kit.record("poke", {.key = "", .value = "x"}).error, "the record has no key");
  EXPECT_EQ(kit.record("poke", {.key = std::string(1025, 'x'), .value = "x"}).error,
            "the record's key is over 1024 bytes");
  EXPECT_EQ(kit.record("poke", {.key = "a"}).error, "the record has no value");
  EXPECT_TRUE(kit.record("poke", {.key = std::string(1024, 'x'), .value = ""}).ok());
}

TEST_F(Testkit, RepeatsItselfFromItsSeed) {
  static std::vector<std::uint64_t> drawn;
  shoal::tests::on_receive = [](const shoal_turn* turn, shoal_bytes) -> shoal_status {
    drawn.push_back(turn->random);
    return SHOAL_STATUS_OK;
  };
  for (const std::uint64_t seed : {1U, 1U, 2U}) {
    Kit kit("thing", {.seed = seed});
    kit.tell("a", "poke");
    kit.tell("a", "poke");
  }
  EXPECT_EQ(drawn[0], drawn[2]);
  EXPECT_EQ(drawn[1], drawn[3]);
  EXPECT_NE(drawn[0], drawn[1]);
  EXPECT_NE(drawn[0], drawn[4]);
}

TEST(TestkitTable, IsOneJsonObjectAndItsValues) {
  const shoal::testkit::TableView view(
      {{"a", 1}, {"b.c", "x"}, {"b.d.e", true}, {"b.f", 2.5}, {"list", shoal::testkit::Json{"[1,2]"}}});
  EXPECT_EQ(shoal::detail::to_view(view.abi().json),
            R"({"a":1,"b":{"c":"x","d":{"e":true},"f":2.5},"list":[1,2]})");
  shoal_value value{};
  value.size = sizeof(value);
  EXPECT_EQ(view.abi().get(view.abi().state, bytes("b.f"), &value), SHOAL_STATUS_OK);
  EXPECT_EQ(value.real, 2.5);
  EXPECT_EQ(view.abi().get(view.abi().state, bytes("b"), &value), SHOAL_STATUS_NOT_FOUND);
}

}  // namespace
