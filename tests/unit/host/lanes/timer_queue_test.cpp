// Goal: timers fire once, in order of their due time and then of their making, and a cancelled one never
// does. Method: hand-made cases, then random runs by seed against a model that sorts a vector.

#include "host/lanes/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace shoal::lanes {
namespace {

TimerPayload payload(std::uint64_t number) {
  const auto part = static_cast<std::uint32_t>(number);
  return {{TypeIndex{part}, ShardId{part + 1}, part + 2, part + 3}, number};
}

TEST(TimerQueueTest, AnEmptyQueueHasNothingDue) {
  TimerQueue queue(10);
  EXPECT_EQ(queue.next_due_ns(), std::nullopt);
  EXPECT_FALSE(queue.pop_due(INT64_MAX));
  EXPECT_FALSE(queue.cancel(TimerId{}));
  EXPECT_FALSE(queue.cancel(TimerId{1, 0}));
}

TEST(TimerQueueTest, FiresWhenDueAndNotBefore) {
  TimerQueue queue(10);
  const TimerId id = queue.add(100, payload(7)).value();
  EXPECT_EQ(queue.next_due_ns(), 100);
  EXPECT_FALSE(queue.pop_due(99));
  const auto due = queue.pop_due(100);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->id, id);
  EXPECT_EQ(due->due_ns, 100);
  EXPECT_EQ(due->payload.owner, (EntityRef{TypeIndex{7}, ShardId{8}, 9, 10}));
  EXPECT_EQ(due->payload.owner_timer, 7U);
  EXPECT_FALSE(queue.pop_due(100));
  EXPECT_FALSE(queue.cancel(id));
}

TEST(TimerQueueTest, EqualDueTimesFireInTheOrderTheyWereAdded) {
  TimerQueue queue(100);
  std::vector<TimerId> ids;
  for (std::uint64_t i = 0; i < 50; ++i) ids.push_back(queue.add(5, payload(i)).value());
  for (std::size_t i = 0; i < 50; i += 2) EXPECT_TRUE(queue.cancel(ids[i]));
  for (std::uint64_t i = 50; i < 75; ++i) queue.add(5, payload(i)).value();  // slots of the cancelled ones
  std::vector<std::uint64_t> fired;
  while (const auto due = queue.pop_due(5)) fired.push_back(due->payload.owner_timer);
  EXPECT_EQ(fired.size(), 50U);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST(TimerQueueTest, AnIdOfAReusedSlotCancelsNothing) {
  TimerQueue queue(10);
  const TimerId old = queue.add(1, payload(1)).value();
  EXPECT_TRUE(queue.cancel(old));
  const TimerId young = queue.add(1, payload(2)).value();
  EXPECT_EQ(young.slot, old.slot);
  EXPECT_FALSE(queue.cancel(old));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_TRUE(queue.cancel(young));
}

TEST(TimerQueueTest, AFullQueueRefusesUntilThereIsRoom) {
  TimerQueue queue(2);
  const TimerId first = queue.add(1, payload(1)).value();
  EXPECT_TRUE(queue.add(2, payload(2)));
  EXPECT_FALSE(queue.add(0, payload(3)));
  EXPECT_EQ(queue.next_due_ns(), 1);
  EXPECT_TRUE(queue.cancel(first));
  EXPECT_TRUE(queue.add(0, payload(3)));
  EXPECT_EQ(queue.next_due_ns(), 0);
}

class TimerQueueRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(TimerQueueRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  TimerQueue queue(300);
  std::vector<std::tuple<std::int64_t, std::uint64_t, TimerId>> model;  // due, number, id
  std::vector<TimerId> gone;
  std::int64_t now = -50;
  for (std::uint64_t step = 0; step < 8'000; ++step) {
    const std::uint64_t choice = random() % 10;
    if (choice < 5) {
      const std::int64_t due = now + static_cast<std::int64_t>(random() % 400) - 10;
      const auto id = queue.add(due, payload(step));
      ASSERT_EQ(id.has_value(), model.size() < 300);
      if (id) model.emplace_back(due, step, *id);
    } else if (choice < 7 && !model.empty()) {
      const auto chosen = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      gone.push_back(std::get<2>(*chosen));
      ASSERT_TRUE(queue.cancel(gone.back()));
      model.erase(chosen);
    } else if (choice < 8 && !gone.empty()) {
      ASSERT_FALSE(queue.cancel(gone[random() % gone.size()]));
    } else {
      now += static_cast<std::int64_t>(random() % 20);
      for (;;) {
        const auto least = std::min_element(model.begin(), model.end(), [](const auto& a, const auto& b) {
          return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
        });
        const auto due = queue.pop_due(now);
        ASSERT_EQ(due.has_value(), least != model.end() && std::get<0>(*least) <= now);
        if (!due) break;
        ASSERT_EQ(due->due_ns, std::get<0>(*least));
        ASSERT_EQ(due->payload.owner_timer, std::get<1>(*least));
        ASSERT_EQ(due->payload.owner, payload(std::get<1>(*least)).owner);
        ASSERT_EQ(due->id, std::get<2>(*least));
        gone.push_back(due->id);
        model.erase(least);
      }
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerQueueRandomTest, testing::Range<std::uint64_t>(0, 10));

}  // namespace
}  // namespace shoal::lanes
