// Goal: reminders come in the order of their times, whatever was set, replaced and taken away before, and are
// counted right. Method: hand-made cases, then random changes by seed against a model that looks at all.

#include "host/lanes/reminders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "host/lanes/durable_turn.hpp"
#include "host/modules/registry.hpp"
#include "journal/record.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::lanes {
namespace {

constexpr std::int64_t kCancelled = journal::reminder_cancelled;

TEST(RemindersTest, AreDueInTheOrderOfTheirTimes) {
  Reminders reminders;
  reminders.apply("a", {"late", 30, "3"});
  reminders.apply("b", {"early", 10, "1"});
  reminders.apply("a", {"between", 20, "2"});
  EXPECT_FALSE(reminders.due(9).has_value());
  for (const char* content : {"1", "2", "3"}) {
    const auto due = reminders.due(100);
    ASSERT_TRUE(due.has_value());
    EXPECT_EQ(due->content, content);
    reminders.apply(due->entity, {due->name, kCancelled, {}});
  }
  EXPECT_FALSE(reminders.due(100).has_value());
  EXPECT_EQ(reminders.bytes(), 0U);
}

TEST(RemindersTest, OneOfTheSameNameReplacesTheOtherOfItsEntityOnly) {
  Reminders reminders;
  reminders.apply("a", {"tea", 10, "old"});
  reminders.apply("a", {"tea", 50, "new and longer"});
  reminders.apply("b", {"tea", 20, "other"});
  EXPECT_EQ(reminders.size(), 2U);
  EXPECT_EQ(reminders.count_of("a"), 1U);
  EXPECT_EQ(reminders.bytes(), reminder_bytes("a", "tea", 14) + reminder_bytes("b", "tea", 5));
  EXPECT_EQ(reminders.due(20)->entity, "b");
  reminders.apply("b", {"tea", kCancelled, {}});
  EXPECT_EQ(reminders.due(50)->content, "new and longer");
  const Reminders& left = reminders;
  EXPECT_NE(left.find("a", "tea"), nullptr);
  EXPECT_EQ(left.find("a", "coffee"), nullptr);
  EXPECT_EQ(left.find("b", "tea"), nullptr);
  EXPECT_EQ(reminders.count_of("b"), 0U);
}

TEST(RemindersTest, OneThatIsNotThereMayBeTakenAway) {
  Reminders reminders;
  reminders.apply("a", {"tea", kCancelled, {}});
  reminders.apply("a", {"tea", 10, {}});
  reminders.apply("a", {"coffee", kCancelled, {}});
  EXPECT_EQ(reminders.size(), 1U);
}

TEST(RemindersTest, PausesDoubleUpToTheLongest) {
  Reminders reminders;
  reminders.apply("a", {"tea", 10, {}});
  std::int64_t now = 10;
  for (std::int64_t pause = reminder_pause_first_ms, tried = 0; tried < 40; ++tried) {
    const auto due = reminders.due(now);
    ASSERT_TRUE(due.has_value());
    EXPECT_EQ(due->due_ms, 10) << "its own time stays";
    reminders.pause(*due, now);
    EXPECT_FALSE(reminders.due(now + pause - 1).has_value());
    now += pause;
    pause = std::min(2 * pause, reminder_pause_max_ms);
  }
  const auto due = reminders.due(now);
  reminders.apply("a", {"tea", now, {}});
  reminders.pause(*due, now);
  EXPECT_TRUE(reminders.due(now + reminder_pause_first_ms).has_value())
      << "one that is set anew is a new one";
}

TEST(RemindersTest, OneThatIsPostponedLetsOthersPass) {
  Reminders reminders;
  reminders.apply("a", {"tea", 10, {}});
  reminders.apply("b", {"tea", 11, {}});
  const auto first = reminders.due(20);
  reminders.postpone(*first, 120);
  EXPECT_EQ(reminders.due(20)->entity, "b");
  reminders.apply("b", {"tea", kCancelled, {}});
  EXPECT_FALSE(reminders.due(119).has_value());
  EXPECT_EQ(reminders.due(120)->entity, "a");
  reminders.apply("a", {"tea", kCancelled, {}});
  reminders.postpone(*first, 120);
  reminders.pause(*first, 120);
  EXPECT_EQ(reminders.size(), 0U) << "one that is gone stays gone";
}

TEST(RemindersTest, ClearedHoldsNothing) {
  Reminders reminders;
  reminders.apply("a", {"tea", 10, "x"});
  reminders.clear();
  EXPECT_EQ(reminders.size() + reminders.bytes(), 0U);
  EXPECT_FALSE(reminders.due(10).has_value());
}

TEST(RemindersTest, TimesThatHavePassedAreOneTurn) {
  EXPECT_EQ(next_due_ms(100, 10, 100), 110);
  EXPECT_EQ(next_due_ms(100, 10, 109), 110);
  EXPECT_EQ(next_due_ms(100, 10, 110), 120);
  EXPECT_EQ(next_due_ms(100, 10, 1'000'005), 1'000'010);
}

TEST(RemindersTest, TheContentIsReadAsItWasWritten) {
  std::string bytes;
  append_content({0x123456789a, 0xfffefdfc, "payload"}, bytes);
  const auto content = read_content(bytes);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->interval_ms, 0x123456789aU);
  EXPECT_EQ(content->continuation_id, 0xfffefdfcU);
  EXPECT_EQ(content->payload, "payload");
  EXPECT_EQ(bytes.substr(0, 5), "\x9a\x78\x56\x34\x12") << "little endian, on every machine";
}

TEST(RemindersTest, AContentThatIsNoneIsRefused) {
  std::string bytes;
  append_content({1, 2, ""}, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_content(std::string_view(bytes).substr(0, size)).has_value()) << size;
  EXPECT_TRUE(read_content(bytes).has_value());
  bytes.clear();
  append_content({reminder_interval_ms_max + 1, 2, ""}, bytes);
  EXPECT_FALSE(read_content(bytes).has_value()) << "sums of times do not overflow";
}

TEST(RemindersTest, RandomChangesAreAsInAModelThatLooksAtAll) {
  std::mt19937 random(20261123);
  Reminders reminders;
  std::map<std::pair<std::string, std::string>, std::int64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string entity(1, static_cast<char>('a' + random() % 8));
    const std::string name(1 + random() % 3, 'n');
    const std::int64_t due = random() % 3 == 0 ? kCancelled : static_cast<std::int64_t>(random() % 1'000);
    reminders.apply(entity, {name, due, name});
    if (due == kCancelled) {
      model.erase({entity, name});
    } else {
      model[{entity, name}] = due;
    }
    ASSERT_EQ(reminders.size(), model.size());
    std::size_t bytes = 0;
    std::int64_t first = INT64_MAX;
    for (const auto& [place, at] : model) {
      bytes += reminder_bytes(place.first, place.second, place.second.size());
      first = std::min(first, at);
    }
    ASSERT_EQ(reminders.bytes(), bytes);
    const auto found = reminders.due(INT64_MAX);
    ASSERT_EQ(found.has_value(), !model.empty());
    if (found) {
      ASSERT_EQ(found->due_ms, first);
    }
  }
}

// Steps of a walk between random changes.
TEST(RemindersTest, AWalkVisitsOnceWhatNobodyChangesMeanwhile) {
  std::mt19937 random(20261123);
  Reminders reminders;
  using Place = std::pair<std::string, std::string>;
  std::map<Place, std::int64_t> model;
  std::map<Place, int> visits;
  std::map<Place, std::int64_t> unchanged;  // since the begin of the walk
  int walks = 0;
  for (int step = 0; step < 50'000; ++step) {
    const std::string entity(1 + random() % 2, static_cast<char>('a' + random() % 8));
    const std::string name(random() % 4, 'n');
    const std::int64_t due = random() % 3 == 0 ? kCancelled : static_cast<std::int64_t>(random() % 1'000);
    reminders.apply(entity, {name, due, name});
    unchanged.erase({entity, name});
    model.erase({entity, name});
    if (due != kCancelled) model[{entity, name}] = due;
    if (random() % 4 != 0) continue;
    if (!reminders.is_walking()) {
      reminders.begin_walk();
      unchanged = model;
      visits.clear();
    }
    std::size_t visited = 0;
    reminders.walk(random() % 3'000, [&](std::string_view of, const ReminderChange& reminder) {
      const Place place{of, reminder.name};
      ASSERT_TRUE(model.contains(place));
      EXPECT_EQ(model[place], reminder.due_ms);
      EXPECT_EQ(++visits[place], 1);
      ++visited;
    });
    ASSERT_TRUE(visited > 0 || !reminders.is_walking());
    if (reminders.is_walking()) continue;
    ++walks;
    for (const auto& [place, at] : unchanged)
      ASSERT_EQ(visits[place], 1) << place.first << " " << place.second;
  }
  EXPECT_GT(walks, 100);
}

class ReminderBoundsTest : public testing::Test {
 protected:
  ReminderBoundsTest() {
    const auto loaded = registry_.load(tests::test_module("reminded"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    begin();
  }
  void begin() { turn_.begin(*registry_.find_type("diary"), reminders_); }
  shoal_status set(const std::string& name, std::string_view payload = {}) {
    const shoal_reminder reminder{sizeof(reminder),         0, to_bytes(std::string_view(name)), 10, 0,
                                  {1, 0, to_bytes(payload)}};
    return turn_.set_reminder("a", reminder, 1024 * 1024);
  }
  void keep() {
    for (std::size_t i = 0; i < turn_.reminders(); ++i) reminders_.apply("a", turn_.reminder(i));
    begin();
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  Reminders reminders_;
  DurableTurn turn_;
};

TEST_F(ReminderBoundsTest, ATurnKeepsWhatItWasGivenInOrder) {
  EXPECT_EQ(set("tea", "now"), SHOAL_STATUS_OK);
  EXPECT_EQ(turn_.cancel_reminder("a", "coffee", 1024), SHOAL_STATUS_OK);
  ASSERT_EQ(turn_.reminders(), 2U);
  EXPECT_EQ(turn_.reminder(0).name, "tea");
  EXPECT_EQ(turn_.reminder(0).due_ms, 10);
  EXPECT_EQ(read_content(turn_.reminder(0).content)->payload, "now");
  EXPECT_EQ(turn_.reminder(1).name, "coffee");
  EXPECT_EQ(turn_.reminder(1).due_ms, kCancelled);
  turn_.clear();
  EXPECT_EQ(turn_.reminders() + turn_.reminder_bytes(), 0U);
}

TEST_F(ReminderBoundsTest, AnEntityHasSoManyAtMost) {
  for (std::size_t i = 0; i < reminders_max; ++i)
    ASSERT_EQ(set("r" + std::to_string(i)), SHOAL_STATUS_OK) << i;
  EXPECT_EQ(set("more"), SHOAL_STATUS_TOO_LARGE);
  keep();
  EXPECT_EQ(set("more"), SHOAL_STATUS_TOO_LARGE);
  EXPECT_EQ(set("r7"), SHOAL_STATUS_OK) << "it replaces one";
}

TEST_F(ReminderBoundsTest, ATurnSetsSoMuchAtMost) {
  const std::string payload(64 * 1024, 'x');
  shoal_status status = SHOAL_STATUS_OK;
  std::size_t set_in_turn = 0;
  while ((status = set("r" + std::to_string(set_in_turn), payload)) == SHOAL_STATUS_OK) ++set_in_turn;
  EXPECT_EQ(status, SHOAL_STATUS_TOO_LARGE);
  EXPECT_GT(set_in_turn, 4U);
  EXPECT_LT(set_in_turn, 17U);
  status = SHOAL_STATUS_OK;
  for (std::size_t i = 0; i < 5'000 && status == SHOAL_STATUS_OK; ++i)
    status = turn_.cancel_reminder("a", "r", 1024 * 1024);
  EXPECT_EQ(status, SHOAL_STATUS_TOO_LARGE);
}

TEST_F(ReminderBoundsTest, AShardHoldsSoMuchAtMost) {
  const std::string payload(64 * 1024, 'x');
  for (int i = 0; reminders_.bytes() + 4 * payload.size() < reminder_bytes_max; ++i)
    reminders_.apply("b" + std::to_string(i), {"r", 10, payload});
  shoal_status status = SHOAL_STATUS_OK;
  for (int i = 0; i < 5 && status == SHOAL_STATUS_OK; ++i) status = set("r" + std::to_string(i), payload);
  EXPECT_EQ(status, SHOAL_STATUS_OVERLOADED);
}

}  // namespace
}  // namespace shoal::lanes
