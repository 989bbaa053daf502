// Goal: a tell with a receipt is a tell to its receiver, and its sender learns once whether the level was
// reached, or why not. Method: two real lanes and the module "script"; senders outside and inside.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

class ReceiptTest : public ScriptLanes {
 protected:
  using ScriptLanes::ScriptLanes;

  Result<Reply> receipt(Message message, Receipt level) {
    message.receipt = level;
    return ask(std::move(message));
  }

  // "ok", or why the level was not reached.
  std::string receipt(std::string_view id, std::string_view script, Receipt level,
                      std::chrono::milliseconds timeout = 30'000ms) {
    Message message = make(id, script);
    message.deadline = Clock::now() + timeout;
    const auto reply = receipt(std::move(message), level);
    if (!reply) return reply.error().message;
    EXPECT_EQ(reply.value().status, SHOAL_STATUS_OK);
    EXPECT_EQ(reply.value().body, "");
    return "ok";
  }

  // The entity's notes, sorted, once there are so many, else as they are after a while.
  std::vector<std::string> sorted_notes(std::string_view id, std::size_t count) {
    std::vector<std::string> notes;
    const auto deadline = Clock::now() + 20s;
    while (notes.size() < count && Clock::now() < deadline) {
      notes.clear();
      std::istringstream text(answer(id, "read"));
      for (std::string note; std::getline(text, note, ',');) notes.push_back(note);
    }
    std::ranges::sort(notes);
    return notes;
  }

  static constexpr std::array kLevels{Receipt::accepted, Receipt::processed};
};

TEST_F(ReceiptTest, TheTurnHasEndedWell) {
  EXPECT_EQ(receipt("a0", "note 1", Receipt::processed), "ok");
  EXPECT_EQ(receipt("a0", "note 2", Receipt::accepted), "ok");
  EXPECT_EQ(answer("a0", "read"), "1,2");
}

TEST_F(ReceiptTest, TheReceiverSeesATell) {
  EXPECT_EQ(receipt("a0", "reply 1;note replied", Receipt::processed), "ok") << "a reply finds nobody";
  EXPECT_EQ(answer("a0", "read"), "replied");
  EXPECT_EQ(receipt("a0", "token", Receipt::processed), "turn_failed: reply_token: not found");
  EXPECT_EQ(receipt("a0", "forward b1 note on;note off", Receipt::processed), "ok");
  EXPECT_EQ(answer("a0", "read"), "off");
  EXPECT_EQ(notes("b1", "on"), "on");
  EXPECT_EQ(dead_letters(DeadLetterReason::nobody_waits), 0U) << "there is one receipt";
}

TEST_F(ReceiptTest, ATurnThatFailsIsAcceptedAndNotProcessed) {
  EXPECT_EQ(receipt("a0", "fail told so", Receipt::processed), "turn_failed: told so");
  EXPECT_EQ(receipt("a0", "fail told so", Receipt::accepted), "ok");
  EXPECT_EQ(answer("a0", "read"), "");  // a turn behind that of the last one
  EXPECT_EQ(dead_letters(DeadLetterReason::turn_failed), 2U);
  EXPECT_EQ(receipt("a0", "refuse no thanks", Receipt::processed), "refused_by_turn: no thanks");
  EXPECT_EQ(receipt("a0", "refuse no thanks", Receipt::accepted), "ok");
  EXPECT_EQ(answer("a0", "read"), "");
  EXPECT_EQ(dead_letters(DeadLetterReason::refused_by_turn), 2U);
}

TEST_F(ReceiptTest, WhatGetsNoTurnIsNeither) {
  for (const Receipt level : kLevels) {
    Message message = make("none0", "note 1");
    message.only_if_active = true;
    EXPECT_EQ(receipt(std::move(message), level).error().code, ErrorCode::not_found);
    Message elsewhere = make("a0", "note 1");
    elsewhere.type = TypeIndex{9};
    EXPECT_EQ(receipt(std::move(elsewhere), level).error().message, "no_shard: the type is not open");
  }
  EXPECT_EQ(dead_letters(DeadLetterReason::not_active), 2U);
  EXPECT_EQ(dead_letters(DeadLetterReason::no_shard), 2U);
  EXPECT_EQ(entities(), 0U);
}

TEST_F(ReceiptTest, ADeadlineThatPassesBeforeTheLaneTakesIt) {
  for (const Receipt level : kLevels) {
    std::promise<void> open;
    lane_of("a0").put([opened = open.get_future().share()](Lane&) { opened.wait(); });
    Message message = make("a0", "note late");
    message.receipt = level;
    message.deadline = Clock::now() + 20ms;
    std::promise<Result<Reply>> promise;
    message.on_reply = [&promise](Result<Reply> reply) { promise.set_value(std::move(reply)); };
    const auto deadline = message.deadline;
    ASSERT_TRUE(put(std::move(message)));
    while (Clock::now() < deadline) std::this_thread::yield();
    open.set_value();
    EXPECT_EQ(promise.get_future().get().error().code, ErrorCode::deadline);
  }
  EXPECT_EQ(answer("a0", "read"), "");
  EXPECT_EQ(dead_letters(DeadLetterReason::deadline), 2U);
}

TEST_F(ReceiptTest, WhatIsStashedIsAcceptedOnceAndProcessedWhenItHasRun) {
  EXPECT_EQ(receipt("a0", "gate kept", Receipt::accepted, 1000ms), "ok");
  EXPECT_EQ(receipt("b0", "gate kept", Receipt::processed, 1000ms), "no reply came before the deadline");
  tell("a0", "open");
  EXPECT_EQ(notes("a0", "kept"), "kept") << "what was accepted keeps its place beyond the deadline";
  tell("b0", "open");
  EXPECT_EQ(notes("b0", ""), "") << "what was not accepted does not";
  EXPECT_EQ(dead_letters(DeadLetterReason::deadline), 1U);
  tell("c1", "sure processed d1 gate kept");
  EXPECT_EQ(receipt("d1", "open", Receipt::processed), "ok");
  EXPECT_EQ(notes("c1", "got "), "got ");
  EXPECT_EQ(answer("d1", "read"), "kept");
}

TEST_F(ReceiptTest, ARepeatedRequestIsProcessedOnceItHasRun) {
  for (int i = 0; i < 2; ++i) {
    Message message = make("a0", "note once");
    message.request_id = "r1";
    EXPECT_TRUE(receipt(std::move(message), Receipt::processed).has_value());
  }
  EXPECT_EQ(answer("a0", "read"), "once");
  tell("b0", "ask 30000 a0 token");
  Message running = make("a0", "token");
  running.request_id = "r2";
  running.on_reply = [](const Result<Reply>&) {};
  ASSERT_TRUE(put(running));
  for (const Receipt level : kLevels) {
    Message again = make("a0", "note twice");
    again.request_id = "r2";
    EXPECT_EQ(receipt(std::move(again), level).error().code, ErrorCode::overloaded);
  }
}

TEST_F(ReceiptTest, AnEntityIsToldInALaterTurn) {
  for (const std::string to : {"a0", "b0", "b1"}) {  // itself, the same lane, the other one
    const std::string from = "a0";
    tell(from, "sure processed " + to + " note there");
    tell(from, "sure accepted " + to + " note there");
    // That it has taken the message, an entity that blocks may hear before the message's turn.
    std::vector<std::string> expected{"got ", "got "};
    if (to == from) expected.insert(expected.end(), 2, "there");
    EXPECT_EQ(sorted_notes(from, expected.size()), expected) << to;
    EXPECT_NE(answer(to, "read").find("there"), std::string::npos) << to;
    tell(from, "stop");
  }
  tell("c0", "sure processed c1 fail now");
  EXPECT_EQ(notes("c0", "not failed"), "not failed");
  tell("d0", "sure accepted c1 fail now");
  EXPECT_EQ(notes("d0", "got "), "got ");
  tell("e0", "sure none c1 note plain");
  EXPECT_EQ(notes("c1", "plain"), "plain");
  EXPECT_EQ(answer("e0", "read"), "");
}

TEST_F(ReceiptTest, AStopTellsThoseWhoStillWait) {
  std::promise<Result<Reply>> promise;
  Message message = make("b0", "gate kept");
  message.receipt = Receipt::processed;
  message.on_reply = [&promise](Result<Reply> reply) { promise.set_value(std::move(reply)); };
  ASSERT_TRUE(put(std::move(message)));
  EXPECT_EQ(answer("b0", "read"), "") << "it waits, of the same sender and before this one";
  for (const auto& lane : lanes_) lane->drain();
  auto told = promise.get_future();
  ASSERT_EQ(told.wait_for(20s), std::future_status::ready);
  const auto reply = told.get();
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable) << reply.error().message;
}

TEST_F(ReceiptTest, WhatOutlivesTheHostCannotBeSaid) {
  EXPECT_EQ(answer("a0", "sure persisted c1 note there"),
            "turn_failed: tell with receipt persisted 'do': this host cannot serve the call yet");
  EXPECT_EQ(answer("c1", "read"), "");
}

class ReceiptOverloadTest : public ReceiptTest {
 protected:
  ReceiptOverloadTest()
      : ReceiptTest(
            [](TypePolicy& policy, const modules::EntityType&) {
              policy.failure.on_failure = OnFailure::restart;
              policy.failure.backoff_min_ms = 60'000;
              policy.failure.backoff_max_ms = 60'000;
              policy.failure.failures_max = 3;
            },
            20ms) {}
};

TEST_F(ReceiptOverloadTest, AnEntityThatIsFullRefuses) {
  const std::string large = "note " + std::string(600 * 1024, 'x');
  tell("a0", "fail now");
  EXPECT_EQ(receipt("a0", large, Receipt::accepted), "ok") << "it waits for the next incarnation";
  for (const Receipt level : kLevels) {
    EXPECT_EQ(receipt(make("a0", large), level).error().code, ErrorCode::overloaded);
  }
  EXPECT_EQ(dead_letters(DeadLetterReason::overloaded), 2U);
}

TEST_F(ReceiptOverloadTest, ALaneWithoutRoomRefuses) {
  std::promise<void> open;
  lane_of("b1").put([opened = open.get_future().share()](Lane&) { opened.wait(); });
  for (std::size_t bytes = 1024 * 1024; bytes > 0; bytes /= 2) {
    Message filling = make("none1", std::string(bytes, 'x'));
    filling.only_if_active = true;
    while (put(filling)) {
    }
  }
  const std::string text = "b1 note " + std::string(200, 'x');  // more than the smallest of them
  tell("a0", "sure accepted " + text + ";sure processed " + text);
  EXPECT_EQ(notes("a0", "not overloaded,not overloaded"), "not overloaded,not overloaded");
  EXPECT_EQ(dead_letters(DeadLetterReason::overloaded), 2U);
  open.set_value();
}

class ReceiptParkTest : public ReceiptTest {
 protected:
  ReceiptParkTest()
      : ReceiptTest([](TypePolicy& policy, const modules::EntityType&) {
          policy.failure.on_failure = OnFailure::park;
        }) {}
};

TEST_F(ReceiptParkTest, AParkedEntityHasProcessedNothing) {
  tell("a0", "sure processed b1 gate lost;sure accepted b1 gate lost");
  EXPECT_EQ(notes("a0", "got "), "got ") << "both wait, one is accepted";
  EXPECT_EQ(receipt("b1", "fail once", Receipt::processed), "turn_failed: once");
  EXPECT_EQ(notes("a0", "got ,not refused as a dead letter"), "got ,not refused as a dead letter");
  EXPECT_EQ(dead_letters(DeadLetterReason::parked), 2U) << "what was accepted is lost, and is shown";
  for (const Receipt level : kLevels) {
    EXPECT_EQ(receipt("b1", "note 1", level), "parked: the entity is parked after: once");
  }
}

}  // namespace
}  // namespace shoal::lanes
