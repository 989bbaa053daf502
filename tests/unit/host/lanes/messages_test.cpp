// Goal: messages between entities of one lane and of two keep their order, their asker and their deadline,
// and whatever is dropped is counted with its reason. Method: two real lanes and the module "script".

#include <gtest/gtest.h>

#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

class MessagesTest : public ScriptLanes {};

TEST_F(MessagesTest, ATellReachesEntitiesOfTheSameAndOfAnotherLane) {
  tell("a0", "tell b0 note near;tell b1 note far");
  EXPECT_EQ(notes("b0", "near"), "near");
  EXPECT_EQ(notes("b1", "far"), "far");
}

TEST_F(MessagesTest, OneSendersMessagesKeepTheirOrder) {
  std::string script;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    script += (i == 0 ? "" : ";") + std::string("tell b1 note ") + std::to_string(i);
    expected += (i == 0 ? "" : ",") + std::to_string(i);
  }
  tell("a0", script);
  EXPECT_EQ(notes("b1", expected), expected);
}

TEST_F(MessagesTest, AnAskBringsTheReplyAsALaterTurn) {
  tell("a0", "ask 5000 b0 reply near");
  EXPECT_EQ(notes("a0", "got near"), "got near");
  tell("a0", "ask 5000 b1 reply far");
  EXPECT_EQ(notes("a0", "got near,got far"), "got near,got far");
}

TEST_F(MessagesTest, AnAskWithoutAnAnswerEndsAtItsDeadline) {
  tell("a0", "ask 50 b1 token");
  EXPECT_EQ(notes("a0", "not the deadline passed"), "not the deadline passed");
  // A reply that comes too late finds nobody.
  tell("b1", "answer late");
  EXPECT_EQ(answer("a0", "read"), "not the deadline passed");
}

TEST_F(MessagesTest, ABehaviourThatDoesNotReplyIsSaidAtOnce) {
  EXPECT_EQ(answer("a0", "note x"), "the behaviour gave no reply to message do");
  tell("a0", "ask 5000 b1 note x");
  EXPECT_EQ(notes("a0", "x,not failed"), "x,not failed");
}

TEST_F(MessagesTest, AFailedTurnTellsItsAsker) {
  tell("a0", "ask 5000 b1 fail because");
  EXPECT_EQ(notes("a0", "not failed"), "not failed");
  EXPECT_EQ(dead_letters(DeadLetterReason::turn_failed), 1U);
}

TEST_F(MessagesTest, ATokenAnswersInALaterTurn) {
  tell("a0", "ask 5000 b1 note asked|token");
  EXPECT_EQ(notes("b1", "asked"), "asked");
  tell("b1", "answer at last");
  EXPECT_EQ(notes("a0", "got at last"), "got at last");
}

TEST_F(MessagesTest, AForwardedAskIsAnsweredToWhoAsked) {
  EXPECT_EQ(answer("a0", "forward b1 forward c2 reply from c"), "from c");
  tell("a0", "ask 5000 b1 forward c2 reply from c");
  EXPECT_EQ(notes("a0", "got from c"), "got from c");
}

TEST_F(MessagesTest, OnlyIfActiveDoesNotStartAnEntity) {
  tell("a0", "peek b1 note x");
  EXPECT_EQ(notes("a0", ""), "");
  EXPECT_TRUE(comes_true([&] { return dead_letters(DeadLetterReason::not_active) > 0; }));
  EXPECT_EQ(dead_letters(DeadLetterReason::not_active), 1U);
  EXPECT_EQ(entities(), 1U);
  tell("b1", "note here");
  tell("a0", "peek b1 note x");
  EXPECT_EQ(notes("b1", "here,x"), "here,x");
}

TEST_F(MessagesTest, AMessageToItselfIsALaterTurn) {
  tell("a0", "tell a0 note second;note first");
  EXPECT_EQ(notes("a0", "first,second"), "first,second");
}

TEST_F(MessagesTest, AFailedTurnSendsNothing) {
  tell("a0", "tell b1 note lost;ask 5000 b1 note lost;fail now");
  EXPECT_EQ(answer("a0", "note new;read"), "new");
  EXPECT_EQ(answer("b1", "read"), "");
}

TEST_F(MessagesTest, ATraceparentGoesOnWithWhatATurnSends) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Message message = make("a0", "tell b0 trace;ask 30000 b1 trace|tell b2 trace|reply x;forward c1 trace");
  message.traceparent = trace;
  ASSERT_TRUE(put(std::move(message)));
  for (const auto* id : {"b0", "b1", "b2", "c1"}) EXPECT_EQ(notes(id, trace), trace) << id;
  EXPECT_EQ(answer("d0", "trace;read"), "no trace");
}

TEST_F(MessagesTest, StashedMessagesRunOldestFirstBeforeNewerOnes) {
  tell("a0", "gate 1");
  tell("a0", "gate 2");
  tell("a0", "note between");
  tell("a0", "open");
  tell("a0", "note after");
  EXPECT_EQ(notes("a0", "between,1,2,after"), "between,1,2,after");
}

TEST_F(MessagesTest, AStashedAskKeepsItsAskerAndItsDeadline) {
  auto late = make("a0", "gate x;reply opened");
  late.deadline = Clock::now() + 50ms;
  EXPECT_EQ(ask(std::move(late)).error().code, ErrorCode::deadline);
  tell("b0", "ask 30000 a0 gate y|reply opened;tell a0 open");
  EXPECT_EQ(notes("b0", "got opened"), "got opened");
}

TEST_F(MessagesTest, WhatWasStashedOutlivesItsEntity) {
  tell("a0", "gate 1");
  tell("a0", "stop");
  EXPECT_EQ(answer("a0", "open;read"), "");
  EXPECT_EQ(notes("a0", "1"), "1");
}

TEST_F(MessagesTest, TimersFireInOrderAndCanBeCancelled) {
  tell("a0", "timer second 60;timer first 20;timer never 40;cancel never");
  EXPECT_EQ(notes("a0", "timer first,timer second"), "timer first,timer second");
}

TEST_F(MessagesTest, ATimerOfTheSameNameReplacesTheOther) {
  tell("a0", "timer t 20;timer t 30;timer end 60");
  EXPECT_EQ(notes("a0", "timer t,timer end"), "timer t,timer end");
}

TEST_F(MessagesTest, ARepeatingTimerFiresUntilItIsCancelled) {
  tell("a0", "every t 10");
  const auto deadline = Clock::now() + 20s;
  while (answer("a0", "read").find("timer t,timer t,timer t") != 0 && Clock::now() < deadline) {
  }
  const std::string seen = answer("a0", "cancel t;read");
  EXPECT_EQ(seen.find("timer t,timer t,timer t"), 0U);
  tell("a0", "timer end 40");
  EXPECT_EQ(notes("a0", seen + ",timer end"), seen + ",timer end");
}

TEST_F(MessagesTest, TimersEndWithTheirEntity) {
  tell("a0", "timer t 30;stop");
  tell("a0", "timer end 80");
  EXPECT_EQ(notes("a0", "timer end"), "timer end");
}

TEST_F(MessagesTest, AReceiveTimeoutComesAfterQuietAndNotBefore) {
  const auto start = Clock::now();
  tell("a0", "quiet 100");
  // Asking is no quiet: so another entity tells when it is over.
  tell("b0", "timer look 450");
  EXPECT_EQ(notes("b0", "timer look"), "timer look");
  EXPECT_GE(Clock::now() - start, 450ms);
  EXPECT_EQ(answer("a0", "read").find("quiet"), 0U);
}

TEST_F(MessagesTest, RepliesToAnEndedIncarnationFindNobody) {
  tell("a0", "ask 5000 b1 note asked|token");
  EXPECT_EQ(notes("b1", "asked"), "asked");
  tell("a0", "stop");
  tell("a0", "note new");
  EXPECT_EQ(notes("a0", "new"), "new");
  tell("b1", "answer x");
  EXPECT_TRUE(comes_true([&] { return dead_letters(DeadLetterReason::nobody_waits) > 0; }));
  EXPECT_EQ(dead_letters(DeadLetterReason::nobody_waits), 1U);
  EXPECT_EQ(answer("a0", "read"), "new");
}

TEST_F(MessagesTest, TheLastTurnMaySend) {
  tell("a0", "will b1;stop");
  EXPECT_EQ(notes("b1", "a0 1"), "a0 1");
}

TEST_F(MessagesTest, ARequestRunsOnceAndItsReplyIsGivenAgain) {
  auto first = make("a0", "note x;reply once");
  first.request_id = "r1";
  auto again = make("a0", "note x;reply once");
  again.request_id = "r1";
  auto other = make("a0", "note y;reply other");
  other.request_id = "r2";
  EXPECT_EQ(ask(std::move(first)).value().body, "once");
  EXPECT_EQ(ask(std::move(again)).value().body, "once");
  EXPECT_EQ(ask(std::move(other)).value().body, "other");
  EXPECT_EQ(answer("a0", "read"), "x,y");
}

TEST_F(MessagesTest, ARequestThatFailedMayRunAgain) {
  auto first = make("a0", "fail x");
  first.request_id = "r1";
  auto again = make("a0", "note x;reply done");
  again.request_id = "r1";
  EXPECT_FALSE(ask(std::move(first)).has_value());
  EXPECT_EQ(ask(std::move(again)).value().body, "done");
}

TEST_F(MessagesTest, ARequestWhoseDeadlinePassedWhileItWaitedMayRunAgain) {
  auto first = make("a0", "gate lost");
  first.request_id = "r1";
  first.deadline = Clock::now() + 50ms;
  auto again = make("a0", "note x;reply done");
  again.request_id = "r1";
  EXPECT_EQ(ask(std::move(first)).error().code, ErrorCode::deadline);
  tell("a0", "open");
  EXPECT_TRUE(comes_true([&] { return dead_letters(DeadLetterReason::deadline) > 0; }));
  const auto reply = ask(std::move(again));
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().body, "done");
  EXPECT_EQ(answer("a0", "read"), "x");
}

TEST_F(MessagesTest, ARepeatedTellOfAnEntityRunsOnce) {
  tell("a0", "once r1 b1 note x;once r1 b1 note x;once r2 b1 note y");
  EXPECT_EQ(notes("b1", "x,y"), "x,y");
}

TEST_F(MessagesTest, ARequestWhoseReplyIsStillToComeIsRefused) {
  tell("b0", "ask 30000 a0 token");
  auto first = make("a0", "token");
  first.request_id = "r1";
  auto again = first;
  first.on_reply = [](const Result<Reply>&) {};
  ASSERT_TRUE(put(std::move(first)));
  EXPECT_EQ(ask(std::move(again)).error().code, ErrorCode::overloaded);
  EXPECT_EQ(dead_letters(DeadLetterReason::repeated), 1U);
}

}  // namespace
}  // namespace shoal::lanes
