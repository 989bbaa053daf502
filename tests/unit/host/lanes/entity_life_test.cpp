// Goal: entities passivate, restart, back off and are parked as their type's policy says, and what comes for
// them meanwhile waits or is refused with a reason. Method: two real lanes and the module "script".

#include <gtest/gtest.h>

#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

class StopMessageTest : public ScriptLanes {
 protected:
  StopMessageTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType& type) {
          policy.stop_message = *type.find_message("bye");
          policy.stop_timeout = 100ms;
        }) {}
};

TEST_F(StopMessageTest, PassivatingRunsItAndWhatComesMeanwhileStartsTheNextOne) {
  tell("a0", "will b1;note old;passivate");
  EXPECT_EQ(answer("a0", "read"), "");
  EXPECT_EQ(notes("b1", "a0 2"), "a0 2");
  EXPECT_EQ(entities(), 2U);
  EXPECT_EQ(sum(&TypeCounters::stop_timeouts), 0U);
}

TEST_F(StopMessageTest, AnEntityThatDoesNotStopGoesAfterTheTimeout) {
  tell("a0", "will b1;slow;passivate");
  const auto start = Clock::now();
  EXPECT_EQ(answer("a0", "note next;read"), "next");
  EXPECT_GE(Clock::now() - start, 50ms);
  EXPECT_EQ(notes("b1", "a0 2"), "a0 2");
  EXPECT_EQ(sum(&TypeCounters::stop_timeouts), 1U);
}

TEST_F(StopMessageTest, StopNeedsNoStopMessage) {
  tell("a0", "note old;stop");
  EXPECT_EQ(answer("a0", "read"), "");
}

class RestartTest : public ScriptLanes {
 protected:
  RestartTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType&) {
          policy.failure.on_failure = OnFailure::restart;
          policy.failure.backoff_min_ms = 100;
          policy.failure.backoff_max_ms = 100;
          policy.failure.failures_max = 3;
        }) {}
};

TEST_F(RestartTest, WhatComesDuringThePauseWaitsInOrder) {
  tell("a0", "note old");
  tell("a0", "gate stashed");
  const auto start = Clock::now();
  tell("a0", "fail now");
  tell("a0", "open;note 1");
  tell("b0", "note others go on");
  EXPECT_EQ(answer("b0", "read"), "others go on");
  // The stashed message came first; the gate is closed again, so that it is stashed anew until "open".
  EXPECT_EQ(notes("a0", "1,stashed"), "1,stashed");
  EXPECT_GE(Clock::now() - start, 80ms);
}

TEST_F(RestartTest, TooManyFailuresParkAndParkedMessagesAreDeadLetters) {
  for (int i = 0; i < 3; ++i) tell("a0", "fail again");
  EXPECT_EQ(answer("a0", "read"), "parked: the entity is parked after: again");
  EXPECT_EQ(dead_letters(DeadLetterReason::turn_failed), 3U);
  EXPECT_EQ(dead_letters(DeadLetterReason::parked), 1U);
  EXPECT_EQ(answer("b0", "note well;read"), "well");
  EXPECT_EQ(entities(), 1U);
}

class ParkTest : public ScriptLanes {
 protected:
  ParkTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType&) {
          policy.failure.on_failure = OnFailure::park;
        }) {}
};

TEST_F(ParkTest, WhatWasStashedBecomesADeadLetterToo) {
  tell("a0", "gate 1");
  tell("a0", "gate 2");
  tell("a0", "fail once");
  EXPECT_TRUE(comes_true([&] { return dead_letters(DeadLetterReason::parked) >= 2; }));
  EXPECT_EQ(dead_letters(DeadLetterReason::parked), 2U);
  EXPECT_EQ(answer("a0", "read"), "parked: the entity is parked after: once");
}

TEST_F(ParkTest, DeadLettersAreShownWithWhoWasMeantByWhomAndWhy) {
  tell("a0", "fail told so");
  tell("b0", "ask 10000 a0 note lost");
  EXPECT_EQ(notes("b0", "not refused as a dead letter"), "not refused as a dead letter");
  const auto page = dead_letter_log_.read(0, 100);
  ASSERT_EQ(page.entries.size(), 2U);
  const DeadLetterEntry& failed = page.entries[0];
  EXPECT_EQ(failed.kind, DeadLetterKind::tell);
  EXPECT_EQ(failed.reason, DeadLetterReason::turn_failed);
  EXPECT_EQ(failed.detail, "told so");
  EXPECT_EQ(failed.type, SCRIPT_TYPE);
  EXPECT_EQ(failed.id, "a0");
  EXPECT_EQ(failed.message, "do");
  EXPECT_EQ(failed.body_bytes, std::string("fail told so").size());
  EXPECT_GT(failed.time_ms, 1'700'000'000'000);
  EXPECT_FALSE(failed.sender);
  EXPECT_FALSE(failed.position);
  const DeadLetterEntry& parked = page.entries[1];
  EXPECT_EQ(parked.kind, DeadLetterKind::ask);
  EXPECT_EQ(parked.reason, DeadLetterReason::parked);
  ASSERT_TRUE(parked.sender);
  EXPECT_EQ(parked.sender->type, SCRIPT_TYPE);
  EXPECT_EQ(parked.sender->id, "b0");
}

TEST_F(ParkTest, ManyDeadLettersAreAllCountedAndTheLastKept) {
  tell("a0", "fail told so");
  for (int i = 0; i < 5'000; ++i) tell("a0", "note lost");
  EXPECT_EQ(answer("a0", "read"), "parked: the entity is parked after: told so");
  const auto page = dead_letter_log_.read(0, 10'000);
  EXPECT_EQ(page.last, 5'002U);
  EXPECT_LE(page.entries.size(), DeadLetterLog::kept_by_lane);
  EXPECT_EQ(page.entries.size() + page.missed, 5'002U);
}

TEST_F(ParkTest, ParkedEntitiesAreCountedAndCanBeTakenOut) {
  for (const char* id : {"a0", "c1"}) {
    tell(id, "note old;fail once");
    EXPECT_EQ(answer(id, "read"), "parked: the entity is parked after: once");
  }
  EXPECT_EQ(parked(), 2U);
  const auto unpark = [this](Lane& lane) { return lane.find_memory(default_index_)->unpark("a0"); };
  EXPECT_TRUE(on_lane_of("a0", unpark));
  EXPECT_EQ(parked(), 1U);
  EXPECT_EQ(answer("a0", "note new;read"), "new");
  EXPECT_FALSE(on_lane_of("a0", unpark));
  EXPECT_EQ(parked(), 1U);
  EXPECT_EQ(answer("c1", "read"), "parked: the entity is parked after: once");
}

class IdleTest : public ScriptLanes {
 protected:
  IdleTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType&) { policy.passivate_after = 300ms; }) {}
};

TEST_F(IdleTest, AnEntityWithoutMessagesPassivatesThoughItsTimersRun) {
  tell("a0", "will b1;every t 20");
  EXPECT_EQ(notes("b1", "a0 2"), "a0 2");
  EXPECT_EQ(answer("a0", "read"), "");
}

TEST_F(IdleTest, AnEntityThatKeepsMessagesStays) {
  tell("a0", "gate kept");
  tell("c0", "will b1");
  EXPECT_EQ(notes("b1", "c0 2"), "c0 2");
  tell("a0", "open");
  EXPECT_EQ(notes("a0", "kept"), "kept");
}

class LimitTest : public ScriptLanes {
 protected:
  LimitTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType&) {
          policy.active_max = 10;
          policy.eviction = EvictionPolicy::lru;
        }) {}
};

TEST_F(LimitTest, NoMoreThanTheLimitStayActiveAndTheOldestGoes) {
  for (int i = 0; i < 100; ++i) tell("n" + std::to_string(i) + "x0", "note " + std::to_string(i));
  EXPECT_EQ(answer("n99x0", "read"), "99");
  EXPECT_EQ(answer("n0x0", "read"), "");
  EXPECT_TRUE(comes_true([&] { return entities() <= 10; }));
  EXPECT_EQ(entities(), 10U);
  EXPECT_EQ(answer("n98x0", "read"), "98");
}

class ChangedLimitTest : public ScriptLanes, public testing::WithParamInterface<EvictionPolicy> {
 protected:
  ChangedLimitTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType&) { policy.eviction = GetParam(); },
                    1'000ms, std::make_shared<std::atomic<std::uint32_t>>(0)) {}

  // As many in each of the four shards; their lanes know them all when it returns, and most of them run.
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      for (const char* shard : {"0", "1", "2", "3"}) tell("n" + std::to_string(i) + "x" + shard, "note old");
    }
    for (const char* shard : {"0", "1", "2", "3"}) {
      EXPECT_TRUE(ask("n" + std::to_string(count - 1) + "x" + shard, "read").has_value());
    }
  }
};

TEST_P(ChangedLimitTest, ItCountsAtOnceForAllShardsAndAlsoWhereThereWasNone) {
  fill(100);
  EXPECT_TRUE(grows_to(400));
  *active_max_ = 200;
  EXPECT_TRUE(shrinks_to(200));
  EXPECT_EQ(entities(), 200U) << "no more go than must";
  *active_max_ = 41;
  EXPECT_TRUE(shrinks_to(40));
  EXPECT_EQ(entities(), 40U) << "ten a shard";
  *active_max_ = 1;
  EXPECT_TRUE(shrinks_to(4));
  EXPECT_EQ(entities(), 4U) << "at least one a shard";
}

TEST_P(ChangedLimitTest, ARaisedOneLetsMoreStayAndNoneLetsAllStay) {
  *active_max_ = 40;
  fill(20);
  EXPECT_TRUE(shrinks_to(40));
  *active_max_ = 0;
  // The lane has seen the change when it has ticked; who is told anew stays from then on.
  const auto deadline = Clock::now() + 20s;
  while (entities() < 80 && Clock::now() < deadline) fill(20);
  EXPECT_EQ(entities(), 80U);
}

TEST_P(ChangedLimitTest, ManyGoInBoundedStepsAndWhoKeepsMessagesStays) {
  tell("keep0", "gate kept");
  for (int i = 0; i < 10'000; ++i) tell("n" + std::to_string(i) + "x0", "note old");
  EXPECT_EQ(answer("n9999x0", "read"), "old");
  *active_max_ = 8;
  EXPECT_TRUE(shrinks_to(2));
  tell("keep0", "open");
  EXPECT_EQ(notes("keep0", "kept"), "kept");
}

INSTANTIATE_TEST_SUITE_P(Policies, ChangedLimitTest,
                         testing::Values(EvictionPolicy::lru, EvictionPolicy::tinylfu));

class StopMessageLimitTest : public ScriptLanes {
 protected:
  StopMessageLimitTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType& type) {
          policy.active_max = 10;
          policy.eviction = EvictionPolicy::lru;
          policy.stop_message = *type.find_message("bye");
        }) {}
};

TEST_F(StopMessageLimitTest, NoMoreAreStoppedThanTheLimitAsksFor) {
  for (int i = 0; i < 100; ++i) tell("n" + std::to_string(i) + "x0", "note " + std::to_string(i));
  EXPECT_EQ(answer("n99x0", "read"), "99");
  EXPECT_TRUE(comes_true([&] { return entities() <= 10; }));
  EXPECT_EQ(entities(), 10U);
  EXPECT_EQ(answer("n91x0", "read"), "91");
  EXPECT_EQ(entities(), 10U);
}

}  // namespace
}  // namespace shoal::lanes
