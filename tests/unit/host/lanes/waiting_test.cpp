// Goal: what waits on a lane is seen and bounded. Method: entities of the module "script" stash behind a gate
// or owe a reply, on two lanes without Kafka.
#include <gtest/gtest.h>

#include "script_lanes.hpp"

namespace shoal::lanes {
namespace {

class WaitingTest : public ScriptLanes {
 protected:
  // True once a lane shows so many, which it does from tick to tick.
  bool shows(std::atomic<std::uint64_t> WaitCounters::*counter, std::uint64_t number) {
    const auto& shown = lane_of("a0").counters().waiting.*counter;
    return comes_true([&] { return shown.load() == number; });
  }
  // As tell, once the lane has room.
  void tell_when_it_fits(std::string_view id, const std::string& script) {
    EXPECT_TRUE(comes_true([&] { return put(make(id, script)); }));
  }
};

TEST_F(WaitingTest, WhatIsStashedCountsUntilItHasRun) {
  const std::string text(1'000, 'x');
  tell("a0", "gate " + text);
  EXPECT_EQ(answer("a0", "read"), "");
  EXPECT_GT(kept_bytes(), text.size());
  EXPECT_LT(kept_bytes(), text.size() + 500);
  tell("a0", "open");
  EXPECT_EQ(notes("a0", text), text);
  EXPECT_EQ(kept_bytes(), 0U);
}

TEST_F(WaitingTest, WhatAllEntitiesOfATypeKeepHasABound) {
  constexpr std::size_t kText = 1'000'000;
  constexpr int kEntities = 70;
  const std::string script = "gate " + std::string(kText, 'x');
  const auto id = [](int number) { return "e" + std::to_string(number) + "-0"; };
  for (int i = 0; i < kEntities; ++i) tell_when_it_fits(id(i), script);
  EXPECT_EQ(answer("a0", "note the lane goes on;read"), "the lane goes on");
  EXPECT_LE(kept_bytes(), type_kept_bytes_max);
  EXPECT_GT(kept_bytes(), type_kept_bytes_max - 2 * kText);
  const std::uint64_t refused = dead_letters(DeadLetterReason::turn_failed);
  EXPECT_EQ(refused, kEntities - type_kept_bytes_max / kText);
  for (int i = 0; i < kEntities; ++i) tell(id(i), "open");
  EXPECT_TRUE(comes_true([&] { return kept_bytes() == 0; }));
}

TEST(TypeMemory, RecordsThatWaitAreSeenAndLeaveMessagesTheirRoom) {
  const auto counters = std::make_shared<TypeCounters>();
  TypeMemory memory(TypePolicy{}, counters);
  shoal_record record{};
  record.size = sizeof record;
  record.header = [](const shoal_record*, std::uint32_t, shoal_header*) -> shoal_status {
    return SHOAL_STATUS_NOT_FOUND;
  };
  const Kept kept(record, 0, 0);
  memory.kept(kept);
  EXPECT_EQ(counters->kept_bytes.load(), kept.bytes());
  EXPECT_EQ(memory.kept_message_bytes(), 0U);
  memory.kept_gone(kept);
  EXPECT_EQ(counters->kept_bytes.load(), 0U);
}

TEST_F(WaitingTest, AsksAndTheirTimersAreSeen) {
  EXPECT_TRUE(shows(&WaitCounters::asks, 0));
  std::promise<Result<Reply>> replied;
  Message message = make("a0", "gate 1;reply late");
  message.on_reply = [&](Result<Reply> reply) { replied.set_value(std::move(reply)); };
  EXPECT_TRUE(put(std::move(message)));
  EXPECT_TRUE(shows(&WaitCounters::asks, 1));
  EXPECT_TRUE(shows(&WaitCounters::timers, 1));
  tell("a0", "open");
  EXPECT_EQ(replied.get_future().get().value().body, "late");
  EXPECT_TRUE(shows(&WaitCounters::asks, 0));
  EXPECT_TRUE(shows(&WaitCounters::timers, 0));
}

}  // namespace
}  // namespace shoal::lanes
