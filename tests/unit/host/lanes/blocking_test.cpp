// Goal: turns that may block run on the threads of their type, one at a time for an entity and in order;
// lanes and other entities go on; what they send leaves when they have ended; the stop of a host waits for
// them. Method: two real lanes and the type "blocking" of the module "script", whose turns block on a FIFO.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/host/lanes/gate.hpp"
#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

// Of this process.
std::uint32_t threads_named(const std::string& name) {
  std::uint32_t count = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string said;
    std::getline(std::ifstream(thread.path() / "comm") >> std::ws, said);
    count += said == name ? 1 : 0;
  }
  return count;
}

class BlockingTest : public ScriptLanes {
 protected:
  using ScriptLanes::ScriptLanes;

  std::unique_ptr<Gate> gate(const std::string& name) { return std::make_unique<Gate>(directory_ / name); }
  // Until so much time has passed for entities.
  void let_pass(int milliseconds) {
    const std::string clock = "clock" + std::to_string(clocks_++) + "0";
    tell("script/" + clock, "timer t " + std::to_string(milliseconds));
    EXPECT_EQ(notes("script/" + clock, "timer t"), "timer t");
  }
  std::uint64_t waiting() const {
    std::uint64_t sum = 0;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
      sum += pool_->counters(LaneIndex{lane}).waiting.load();
    return sum;
  }
  // The threads that are inside of an entity's on_stop.
  std::uint32_t last_turns() const {
    std::uint32_t count = 0;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
      const auto look = pool_->watch(thread).look();
      count += look && look->is_last ? 1 : 0;
    }
    return count;
  }
  Result<std::string> describe(std::string_view id) {
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    const ShardId shard{partition_of(to_bytes(id), kShards)};
    lane_of(id).put([promise, shard, name = std::string(id)](Lane& lane) {
      lane.find_shard(TypeIndex{1}, shard)->describe(name, [promise](Result<std::string> text) {
        promise->set_value(std::move(text));
      });
    });
    return promise->get_future().get();
  }

 private:
  int clocks_ = 0;
};

TEST_F(BlockingTest, TurnsRunOnAThreadOfTheType) {
  EXPECT_EQ(answer("blocking/a0", "thread;read"), "b-blocking");
  EXPECT_EQ(answer("script/a0", "thread;read"), "lane-0");
}

TEST_F(BlockingTest, AllOthersGoOnWhileATurnBlocks) {
  const auto blocked = gate("blocked");
  tell("blocking/a0", blocked->command() + ";note 1");
  ASSERT_TRUE(blocked->is_reached());
  EXPECT_EQ(pool_->running(), 1U);
  tell("blocking/a0", "note 2");
  tell("blocking/a0", "note 3");
  EXPECT_EQ(answer("blocking/e0", "note of the same shard;read"), "of the same shard");
  EXPECT_EQ(answer("blocking/c1", "note of another lane;read"), "of another lane");
  EXPECT_EQ(answer("script/a0", "note of the lane;read"), "of the lane");
  EXPECT_EQ(waiting(), 2U);
  blocked->open();
  EXPECT_EQ(notes("blocking/a0", "1,2,3"), "1,2,3");
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(BlockingTest, NoMoreTurnsRunThanThereAreThreads) {
  const auto first = gate("first");
  const auto second = gate("second");
  tell("blocking/a0", first->command());
  tell("blocking/b0", second->command());
  ASSERT_TRUE(first->is_reached() && second->is_reached());
  for (int i = 0; i < 50; ++i) tell("blocking/n" + std::to_string(i) + "x0", "note done");
  EXPECT_EQ(answer("script/a0", "note 1;read"), "1");
  EXPECT_EQ(pool_->running(), kThreads);
  EXPECT_GT(waiting(), 40U);
  first->open();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(answer("blocking/n" + std::to_string(i) + "x0", "read"), "done");
}

TEST_F(BlockingTest, WhatATurnSendsLeavesWhenItHasEndedWell) {
  const auto blocked = gate("blocked");
  tell("blocking/a0", "tell script/b1 note sent;" + blocked->command());
  ASSERT_TRUE(blocked->is_reached());
  EXPECT_EQ(answer("script/b1", "read"), "");
  blocked->open();
  EXPECT_EQ(notes("script/b1", "sent"), "sent");
  EXPECT_EQ(answer("blocking/c1", "tell script/b1 note lost;fail now"), "turn_failed: now");
  EXPECT_EQ(answer("script/b1", "read"), "sent");
}

TEST_F(BlockingTest, AnAskOfALongTurnHasAllItsTime) {
  const auto blocked = gate("blocked");
  tell("blocking/a0", "ask 1000 script/b1 reply x;" + blocked->command());
  ASSERT_TRUE(blocked->is_reached());
  let_pass(1'200);
  blocked->open();
  EXPECT_EQ(notes("blocking/a0", "got x"), "got x");
}

TEST_F(BlockingTest, AMessageWhoseDeadlinePassesWhileItWaitsDoesNotRun) {
  const auto blocked = gate("blocked");
  tell("blocking/a0", blocked->command());
  ASSERT_TRUE(blocked->is_reached());
  auto late = make("blocking/a0", "note late");
  late.deadline = Clock::now() + 50ms;
  EXPECT_EQ(ask(std::move(late)).error().code, ErrorCode::deadline);
  blocked->open();
  EXPECT_EQ(answer("blocking/a0", "read"), "");
}

TEST_F(BlockingTest, TimersThatAreDueMeanwhileWaitAndCanBeCancelled) {
  const auto first = gate("first");
  const auto second = gate("second");
  tell("blocking/a0", first->command() + ";timer kept 1;timer gone 1");
  ASSERT_TRUE(first->is_reached());
  tell("blocking/a0", second->command() + ";cancel gone;note turn");
  EXPECT_EQ(answer("script/a0", "note 1;read"), "1");  // so the message before waits at its entity
  first->open();
  ASSERT_TRUE(second->is_reached());
  let_pass(50);
  second->open();
  EXPECT_EQ(notes("blocking/a0", "turn,timer kept"), "turn,timer kept");
  let_pass(50);
  EXPECT_EQ(answer("blocking/a0", "read"), "turn,timer kept");
}

TEST_F(BlockingTest, ALongTurnIsNoQuiet) {
  const auto first = gate("first");
  const auto second = gate("second");
  tell("blocking/a0", first->command() + ";quiet 50");
  ASSERT_TRUE(first->is_reached());
  tell("blocking/a0", second->command() + ";note turn");
  auto read = make("blocking/a0", "read");  // from this thread, so that it comes behind the other
  std::promise<std::string> seen;
  read.on_reply = [&seen](const Result<Reply>& reply) {
    seen.set_value(reply ? reply.value().body : reply.error().message);
  };
  ASSERT_TRUE(put(std::move(read)));
  EXPECT_TRUE(comes_true([&] { return waiting() >= 2; }));
  first->open();
  ASSERT_TRUE(second->is_reached());
  let_pass(150);
  second->open();
  EXPECT_EQ(seen.get_future().get(), "turn");
  let_pass(150);
  EXPECT_THAT(answer("blocking/a0", "read"), StartsWith("turn,quiet"));
}

TEST_F(BlockingTest, TheLastTurnBlocksNobodyElse) {
  const auto last = gate("last");
  tell("blocking/a0", last->command("last") + ";will script/b1;note old;stop");
  ASSERT_TRUE(last->is_reached());
  EXPECT_EQ(last_turns(), 1U);
  tell("blocking/a0", "note new");
  EXPECT_EQ(answer("script/a0", "note goes on;read"), "goes on");
  EXPECT_EQ(waiting(), 1U);
  last->open();
  EXPECT_EQ(notes("blocking/a0", "new"), "new");
  EXPECT_EQ(notes("script/b1", "a0 1"), "a0 1");
}

TEST_F(BlockingTest, AReplyThatWaitedForATurnOfAnEndedEntityIsADeadLetter) {
  const auto first = gate("first");
  const auto second = gate("second");
  tell("blocking/a0", first->command() + ";ask 20000 script/b2 note asked|reply x");
  ASSERT_TRUE(first->is_reached());
  tell("blocking/a0", second->command() + ";stop");
  EXPECT_EQ(answer("script/b2", "read"), "");  // so the message before waits at its entity
  first->open();
  ASSERT_TRUE(second->is_reached());
  // All of one lane: whoever sees the note is answered after the reply has come.
  EXPECT_EQ(notes("script/b2", "asked"), "asked");
  EXPECT_EQ(dead_letters(DeadLetterReason::nobody_waits), 0U);
  second->open();
  EXPECT_TRUE(comes_true([&] { return !dead_letter_log_.read({}, 1).entries.empty(); }));
  const auto page = dead_letter_log_.read({}, 10);
  ASSERT_EQ(page.entries.size(), 1U);
  EXPECT_EQ(page.entries[0].kind, DeadLetterKind::reply);
  EXPECT_EQ(page.entries[0].type, "blocking");
  EXPECT_EQ(page.entries[0].detail, "the entity that asked has ended");
  EXPECT_EQ(dead_letters(DeadLetterReason::nobody_waits), 1U);
}

TEST_F(BlockingTest, TheStateIsShownBetweenTwoTurns) {
  EXPECT_EQ(describe("a0").error().code, ErrorCode::not_found);
  const auto blocked = gate("blocked");
  tell("blocking/a0", blocked->command() + ";note 1");
  ASSERT_TRUE(blocked->is_reached());
  std::vector<std::future<Result<std::string>>> looks;
  for (int i = 0; i < 17; ++i)
    looks.push_back(std::async(std::launch::async, [&] { return describe("a0"); }));
  // The bound is reached by one of them; the others wait for the turn.
  std::size_t refused = 0;
  const auto deadline = Clock::now() + 20s;
  while (refused == 0 && Clock::now() < deadline) {
    for (auto& look : looks) refused += look.wait_for(0ms) == std::future_status::ready ? 1 : 0;
  }
  EXPECT_EQ(refused, 1U);
  blocked->open();
  std::size_t shown = 0;
  for (auto& look : looks) {
    const auto state = look.get();
    EXPECT_EQ(state ? state.value() : "overloaded", state ? R"({"notes":["1"]})" : "overloaded");
    if (!state) {
      EXPECT_EQ(state.error().code, ErrorCode::overloaded);
    }
    shown += state ? 1 : 0;
  }
  EXPECT_EQ(shown, 16U);
}

TEST_F(BlockingTest, MessagesThatWaitTakeABoundedPlace) {
  const auto blocked = gate("blocked");
  tell("blocking/a0", blocked->command());
  ASSERT_TRUE(blocked->is_reached());
  const std::string large = "note " + std::string(300 * 1024, 'x');
  for (int i = 0; i < 3; ++i) tell("blocking/a0", large);
  EXPECT_EQ(answer("blocking/a0", large),
            "overloaded: the messages that wait for the entity, or for all of its type, have no room for one "
            "more");
  EXPECT_EQ(dead_letters(DeadLetterReason::overloaded), 1U);
  blocked->open();
  EXPECT_EQ(answer("blocking/a0", "read").size(), 3 * 300U * 1024 + 2);
}

TEST_F(BlockingTest, TheLargestMessageRunsWhereNoneWaits) {
  const std::string large(kept_bytes_max - 10, 'x');
  const std::string script = "note " + large + ";read";
  ASSERT_GE(script.size(), kept_bytes_max);  // with its envelope more than may wait
  EXPECT_TRUE(answer("blocking/a0", script) == large);
}

TEST_F(BlockingTest, AStopLetsMessagesThatWaitRunFirst) {
  const auto blocked = gate("blocked");
  const auto last = gate("last");
  tell("blocking/a0", blocked->command());
  ASSERT_TRUE(blocked->is_reached());
  tell("blocking/a0", last->command("last"));
  for (const auto& lane : lanes_) lane->drain();
  EXPECT_FALSE(lanes_[0]->ended());
  blocked->open();
  // The message has run, since the last turn knows what it said.
  EXPECT_TRUE(last->is_reached());
  EXPECT_FALSE(lanes_[0]->ended());
}

TEST_F(BlockingTest, WhoComesDuringTheLastTurnsIsTurnedAway) {
  const auto last = gate("last");
  EXPECT_EQ(answer("blocking/a0", last->command("last") + ";reply ready"), "ready");
  for (const auto& lane : lanes_) lane->drain();
  ASSERT_TRUE(last->is_reached());
  for (const Receipt level : {Receipt::none, Receipt::accepted, Receipt::processed}) {
    auto late = make("script/a0", "read");
    late.deadline = Clock::now() + 5min;
    late.receipt = level;
    const auto reply = ask(std::move(late));
    ASSERT_FALSE(reply.has_value());
    ASSERT_EQ(reply.error().code, ErrorCode::unavailable) << reply.error().message;
  }
  EXPECT_EQ(describe("b0").error().code, ErrorCode::not_found);
  kafka::DeliveryReport report;
  report.ok = true;
  lanes_[0]->put(std::span(&report, 1));
  const auto& acknowledged = lanes_[0]->counters().outputs[0].acknowledged;
  EXPECT_TRUE(comes_true([&] { return acknowledged.load() > 0; }));
  EXPECT_EQ(acknowledged.load(), 1U);
  EXPECT_FALSE(lanes_[0]->ended());
}

class FullLaneTest : public BlockingTest {
 protected:
  FullLaneTest() : BlockingTest({}, 5min) {}

  // Such a message waits until the lane has room for it.
  void tell_at_last(const std::string& address, const std::string& script) {
    EXPECT_TRUE(comes_true([&] { return put(make(address, script)); }));
  }
  // All that is out has ended, and the lane takes none of it back any more: so it looks for a while.
  bool is_held() const {
    const auto deadline = Clock::now() + 20s;
    auto quiet_since = Clock::now();
    while (Clock::now() < quiet_since + 200ms) {
      if (pool_->running() > 0) quiet_since = Clock::now();
      if (Clock::now() >= deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(FullLaneTest, TurnsWaitWhileMessagesForAnotherLaneHaveNoRoom) {
  constexpr int kSenders = 80;  // of more than the other lane's inbox and what may wait for it
  const auto other = gate("other");
  const auto first = gate("first");
  const auto second = gate("second");
  tell("script/b1", other->command());
  tell("blocking/a0", first->command());
  tell("blocking/b0", second->command());
  ASSERT_TRUE(other->is_reached() && first->is_reached() && second->is_reached());
  const std::string large(300 * 1024, 'x');
  for (int i = 0; i < kSenders; ++i) {
    const std::string id = "n" + std::to_string(i) + "x";
    tell_at_last("blocking/" + id + "0", "tell script/" + id + "1 note " + large);
  }
  EXPECT_EQ(answer("script/a0", "note 1;read"), "1");  // so all of them have come to their entities
  first->open();
  second->open();
  EXPECT_TRUE(is_held());
  EXPECT_GT(waiting(), 0U);
  EXPECT_EQ(dead_letters(DeadLetterReason::overloaded), 0U);
  other->open();
  const auto& arrived = lanes_[1]->counters().messages;
  EXPECT_TRUE(comes_true([&] { return arrived.load() >= kSenders + 1; }));
  EXPECT_EQ(arrived.load(), kSenders + 1U);
  for (int i = 0; i < kSenders; ++i) {
    EXPECT_TRUE(notes("script/n" + std::to_string(i) + "x1", large) == large) << i;
  }
  EXPECT_EQ(dead_letters(DeadLetterReason::overloaded), 0U);
}

// The last act of a turn is to wake its lane: only when no thread is left may the lane go.
TEST_F(BlockingTest, TheThreadsEndWhenTheLanesHaveEnded) {
  for (int i = 0; i < 100; ++i) tell("blocking/n" + std::to_string(i) + "x0", "note x");
  for (const auto& lane : lanes_) lane->drain();
  pool_->drain();
  for (const auto& lane : lanes_) lane->join();
  EXPECT_EQ(threads_named("b-blocking"), kThreads);
  EXPECT_FALSE(pool_->has_ended());
  pool_->join();
  EXPECT_EQ(threads_named("b-blocking"), 0U);
  EXPECT_TRUE(pool_->has_ended());
}

TEST_F(BlockingTest, EffectsAndCallbacksOfManyTurnsComeBackOnce) {
  for (int i = 0; i < 2'000; ++i) {
    const std::string id = std::to_string(i % 50) + "x" + std::to_string(i % 4);
    tell("blocking/" + id, "note " + std::to_string(i) + ";tell script/sum1 note x");
  }
  for (int i = 0; i < 50; ++i) {
    const std::string id = std::to_string(i) + "x";
    for (int shard = 0; shard < 4; ++shard) {
      std::string expected;
      for (int note = i; note < 2'000; note += 50) {
        if (note % 4 == shard) expected += (expected.empty() ? "" : ",") + std::to_string(note);
      }
      EXPECT_EQ(answer("blocking/" + id + std::to_string(shard), "read"), expected);
    }
  }
  std::string all = "x";
  for (int i = 1; i < 2'000; ++i) all += ",x";
  EXPECT_EQ(notes("script/sum1", all), all);
}

}  // namespace
}  // namespace shoal::lanes
