// Goal: a lane counts and passivates for want of memory in bounded steps, the chosen ones only, and only of
// types that may. Method: two real lanes and the module "script"; orders given by hand.
#include "host/lanes/shedding.hpp"

#include <gtest/gtest.h>

#include <future>

#include "host/lanes/lane_clock.hpp"
#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

class SheddingTest : public ScriptLanes {
 protected:
  explicit SheddingTest(bool is_shed = true)
      : ScriptLanes([is_shed](TypePolicy& policy, const modules::EntityType&) { policy.is_shed = is_shed; }) {
  }

  static std::uint32_t now_tick() { return IdleSweep::tick_of(steady_ns()); }

  ShedCandidates count() {
    std::promise<ShedCandidates> promise;
    lanes_[0]->put([&](Lane& lane) {
      lane.count_sheddable(now_tick(), [&](const ShedCandidates& counted) { promise.set_value(counted); });
    });
    return promise.get_future().get();
  }
  std::uint64_t shed(const ShedOrder& order) {
    std::promise<std::uint64_t> promise;
    lanes_[0]->put([&](Lane& lane) {
      lane.shed(order, [&](const std::map<TypeIndex, std::uint64_t>& types) {
        promise.set_value(types.empty() ? 0 : types.at(TypeIndex{0}));
      });
    });
    return promise.get_future().get();
  }
};

TEST_F(SheddingTest, TheChosenOnesGoAndAreCounted) {
  for (int i = 0; i < 100; ++i) tell("n" + std::to_string(i) + "x0", "note old");
  tell("other1", "note of the other lane");
  EXPECT_EQ(answer("n99x0", "read"), "old");
  EXPECT_EQ(answer("other1", "read"), "of the other lane");
  EXPECT_EQ(count().idle.total(), 100U);
  EXPECT_EQ(
      shed({.now_tick = now_tick(), .all_from_ticks = UINT32_MAX, .some_from_ticks = 0, .some_max = 30}),
      30U);
  EXPECT_EQ(entities(), 71U);
  const ShedCandidates left = count();
  EXPECT_EQ(left.idle.total(), 70U);
  EXPECT_GT(left.reusable_bytes, 0U);
  EXPECT_EQ(shed({.now_tick = now_tick(), .all_from_ticks = 0}), 70U);
  EXPECT_EQ(answer("n5x0", "read"), "");
  EXPECT_EQ(answer("other1", "read"), "of the other lane");
}

TEST_F(SheddingTest, WhoHasHadAMessageSinceStays) {
  tell("a0", "note old");
  tell("b0", "note old");
  EXPECT_EQ(answer("b0", "read"), "old");
  const std::uint32_t before = now_tick();
  EXPECT_TRUE(comes_true([&] { return now_tick() >= before + 5; }));
  EXPECT_EQ(answer("b0", "read"), "old");
  EXPECT_EQ(shed({.now_tick = now_tick(), .all_from_ticks = 4}), 1U);
  EXPECT_EQ(answer("a0", "read"), "");
  EXPECT_EQ(answer("b0", "read"), "old");
}

TEST_F(SheddingTest, WhoKeepsMessagesStays) {
  tell("a0", "gate kept");
  tell("b0", "note old");
  EXPECT_EQ(answer("b0", "read"), "old");
  EXPECT_EQ(shed({.now_tick = now_tick(), .all_from_ticks = 0}), 1U);
  tell("a0", "open");
  EXPECT_EQ(notes("a0", "kept"), "kept");
}

TEST_F(SheddingTest, ManyGoInSeveralSteps) {
  constexpr std::uint64_t kMany = 3 * Shedding::shed_at_once;
  for (std::uint64_t i = 0; i < kMany; ++i) tell("n" + std::to_string(i) + "x0", "note old");
  EXPECT_EQ(answer("n0x0", "read"), "old");
  const auto start = Clock::now();
  EXPECT_EQ(shed({.now_tick = now_tick(), .all_from_ticks = 0}), kMany);
  // A step a tick of 100 ms; the first may come at once.
  EXPECT_GE(Clock::now() - start, 200ms);
  EXPECT_EQ(entities(), 0U);
}

class KeptTypeTest : public SheddingTest {
 protected:
  KeptTypeTest() : SheddingTest(false) {}
};

TEST_F(KeptTypeTest, ATypeThatMayNotIsNeitherCountedNorShed) {
  tell("a0", "note old");
  EXPECT_EQ(answer("a0", "read"), "old");
  EXPECT_EQ(count().idle.total(), 0U);
  EXPECT_EQ(shed({.now_tick = now_tick(), .all_from_ticks = 0}), 0U);
  EXPECT_EQ(answer("a0", "read"), "old");
}

class StopMessageShedTest : public ScriptLanes {
 protected:
  StopMessageShedTest()
      : ScriptLanes([](TypePolicy& policy, const modules::EntityType& type) {
          policy.is_shed = true;
          policy.stop_message = *type.find_message("bye");
        }) {}
};

TEST_F(StopMessageShedTest, ItGetsItsStopMessageAndWhatComesMeanwhileTheNextOne) {
  tell("a0", "will b1;note old");
  EXPECT_EQ(answer("a0", "read"), "old");
  lanes_[0]->put([](Lane& lane) { lane.shed({.all_from_ticks = 0}, [](const auto&) {}); });
  EXPECT_EQ(notes("b1", "a0 2"), "a0 2");
  EXPECT_EQ(answer("a0", "read"), "");
}

}  // namespace
}  // namespace shoal::lanes
