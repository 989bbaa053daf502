// Goal: the turn that does not end is named, once and then every minute, and no other turn is. Method: turns
// entered and left by hand, and the time as an argument.
#include "host/turn_watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class TurnWatchdogTest : public testing::Test {
 protected:
  TurnWatchdog make(std::chrono::milliseconds warn_after) {
    TurnWatchdog::Options options;
    options.watches = {&lanes_[0], &lanes_[1]};
    options.warn_after = warn_after;
    options.names_of = [](lanes::TypeIndex type) {
      return TurnWatchdog::Names{"type-" + std::to_string(type.value), "flying", "1.2"};
    };
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    return TurnWatchdog(std::move(options));
  }
  std::uint64_t enter(std::size_t lane, std::string_view id) {
    return lanes_[lane].enter(lanes::TypeIndex{3}, id);
  }

  static TurnWatchdog::Clock::time_point at(std::chrono::milliseconds time) {
    return TurnWatchdog::Clock::time_point(1h + time);
  }

  lanes::TurnWatch lanes_[2];
  std::vector<std::string> warnings_;
};

constexpr const char* warning_after_2s =
    "lane 1 has been inside of one turn for 2 s: type type-3, entity a%20b, module flying 1.2: if it does "
    "not end, mend the module and restart the host";

TEST_F(TurnWatchdogTest, WarnsOnceAndThenEveryMinute) {
  TurnWatchdog watchdog = make(2s);
  enter(1, "a b");
  for (auto time = 0ms; time < 2s; time += 50ms) watchdog.look(at(time), 5'000);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_FALSE(watchdog.state(LaneIndex{1}, at(1'999ms)).stuck);
  for (auto time = 2'000ms; time < 61s; time += 50ms) watchdog.look(at(time), 9'000);
  EXPECT_THAT(warnings_, ElementsAre(warning_after_2s));
  watchdog.look(at(62s), 9'000);
  EXPECT_EQ(warnings_.size(), 2U);
}

TEST_F(TurnWatchdogTest, TheStateIsThatOfNow) {
  TurnWatchdog watchdog = make(2s);
  const std::uint64_t turn = enter(1, "a b");
  watchdog.look(at(0s), 5'000);
  const auto state = watchdog.state(LaneIndex{1}, at(2'500ms));
  EXPECT_EQ(state.seconds, 2.5);
  ASSERT_TRUE(state.stuck);
  EXPECT_EQ(state.stuck->type, "type-3");
  EXPECT_EQ(state.stuck->id, "a b");
  EXPECT_EQ(state.stuck->module, "flying");
  EXPECT_EQ(state.stuck->version, "1.2");
  EXPECT_EQ(state.stuck->since_ms, 5'000);
  EXPECT_FALSE(watchdog.state(LaneIndex{0}, at(2'500ms)).stuck);
  lanes_[1].leave(turn);
  EXPECT_FALSE(watchdog.state(LaneIndex{1}, at(2'500ms)).stuck);
  EXPECT_EQ(watchdog.state(LaneIndex{1}, at(2'500ms)).seconds, 0);
}

TEST_F(TurnWatchdogTest, SaysWhereTheTurnIsInOnStop) {
  TurnWatchdog watchdog = make(2s);
  enter(1, "a b");
  watchdog.look(at(0s), 5'000);
  lanes_[1].enter_last();
  watchdog.look(at(2s), 5'000);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0],
              testing::HasSubstr("lane 1 has been inside of one turn, now in on_stop, for 2 s: type"));
  EXPECT_TRUE(watchdog.state(LaneIndex{1}, at(2s)).stuck->is_last);
}

TEST_F(TurnWatchdogTest, ATurnOfTheSameEntityIsAnotherTurn) {
  TurnWatchdog watchdog = make(2s);
  for (auto time = 0ms; time < 20s; time += 1s) {
    const std::uint64_t turn = enter(0, "busy");
    watchdog.look(at(time), 0);
    lanes_[0].leave(turn);
    watchdog.look(at(time + 500ms), 0);
  }
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TurnWatchdogTest, AShortTimeIsLookedAtAsOften) {
  TurnWatchdog watchdog = make(100ms);
  enter(1, "a");
  watchdog.look(at(0ms), 0);
  watchdog.look(at(100ms), 0);
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(TurnWatchdogTest, SaysHowMuchOfALongIdIsNotShown) {
  TurnWatchdog watchdog = make(1s);
  enter(1, std::string(1'024, 'x'));
  watchdog.look(at(0s), 0);
  watchdog.look(at(1s), 0);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0],
              testing::HasSubstr("entity " + std::string(64, 'x') + "... (1024 bytes), module"));
}

TEST_F(TurnWatchdogTest, WithoutATimeNobodyLooks) {
  TurnWatchdog watchdog = make(0ms);
  enter(1, "a");
  watchdog.look(at(0s), 0);
  watchdog.look(at(1h), 0);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_FALSE(watchdog.state(LaneIndex{1}, at(1h)).stuck);
}

}  // namespace
}  // namespace shoal::host
