// Goal: a queue of tells gives back what was put in, oldest first, whatever has gone before. Method: by hand,
// and many at once against a deque of copies.

#include "host/lanes/tell_queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace shoal::lanes {
namespace {

TEST(TellQueueTest, KeepsAllPartsAndTellsNullFromEmpty) {
  TellQueue queue;
  queue.push({"id", "message", "body", "trace", "request", "1/2/3"});
  queue.push({"other", "message", std::nullopt, {}, {}, {}});
  queue.push({"third", "message", "", {}, {}, {}});
  ASSERT_EQ(queue.size(), 3U);
  const StoredTell first = queue.at(0);
  EXPECT_EQ(first.id, "id");
  EXPECT_EQ(first.message, "message");
  EXPECT_EQ(first.body, "body");
  EXPECT_EQ(first.traceparent, "trace");
  EXPECT_EQ(first.request_id, "request");
  EXPECT_EQ(first.place, "1/2/3");
  EXPECT_FALSE(queue.at(1).body.has_value());
  EXPECT_EQ(queue.at(2).body, "");
  EXPECT_EQ(queue.bytes(), 30U + 12U + 12U);
}

TEST(TellQueueTest, OneThatIsTakenBackLeavesNothing) {
  TellQueue queue;
  queue.push({"a", "m", "1", {}, {}, {}});
  queue.push({"b", "m", "2", {}, {}, {}});
  queue.pop_back();
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.bytes(), 3U);
  queue.push({"c", "m", "3", {}, {}, {}});
  EXPECT_EQ(queue.at(1).id, "c");
  queue.pop_front();
  queue.pop_back();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(TellQueueTest, GivesBackManyInOrderWhileOthersGo) {
  TellQueue queue;
  std::deque<std::string> copies;
  std::uint64_t sequence = 0;
  for (int i = 0; i < 5'000; ++i) {
    copies.push_back("body " + std::to_string(i));
    queue.push({"id", "m", copies.back(), {}, {}, {}});
    queue.set_emit_id(queue.size() - 1, {journal::Sequence{++sequence}, 0});
    while (copies.size() > static_cast<std::size_t>(i % 700)) {
      queue.pop_front();
      copies.pop_front();
    }
    ASSERT_EQ(queue.size(), copies.size());
    for (std::size_t at = 0; at < copies.size(); at += 97) {
      ASSERT_EQ(queue.at(at).body, copies[at]);
      ASSERT_EQ(queue.emit_id(at).sequence.value, sequence - copies.size() + 1 + at);
    }
  }
}

}  // namespace
}  // namespace shoal::lanes
