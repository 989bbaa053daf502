// Goal: the last dead letters of all lanes are read in their order, and who reads on misses none without
// learning it. Method: entries by hand, and lanes on threads of their own against a reader.
#include "host/lanes/dead_letter_log.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace shoal::lanes {
namespace {

DeadLetterEntry entry(std::string id) {
  DeadLetterEntry made;
  made.id = std::move(id);
  return made;
}

std::string ids(const DeadLetterLog::Page& page) {
  std::string all;
  for (const DeadLetterEntry& one : page.entries) all += one.id + std::to_string(one.number) + " ";
  return all;
}

TEST(DeadLetterLog, ReadsAllLanesInOrder) {
  DeadLetterLog log(2);
  EXPECT_TRUE(log.read({}, 10).entries.empty());
  EXPECT_EQ(log.read({}, 10).last, 0U);
  log.add(LaneIndex{1}, entry("a"));
  log.add(LaneIndex{0}, entry("b"));
  log.add(LaneIndex{1}, entry("c"));
  EXPECT_EQ(ids(log.read({}, 10)), "a1 b2 c3 ");
  EXPECT_EQ(ids(log.read({}, 2)), "b2 c3 ") << "without a number the last";
  EXPECT_EQ(ids(log.read(0, 2)), "a1 b2 ") << "after a number the first";
  EXPECT_EQ(log.read(0, 2).last, 2U);
  EXPECT_EQ(ids(log.read(2, 2)), "c3 ");
  EXPECT_EQ(log.read(3, 2).last, 3U);
  EXPECT_EQ(log.read(1'000, 2).last, 3U) << "the host has started again";
}

TEST(DeadLetterLog, TellsHowManyAreNoLongerThere) {
  DeadLetterLog log(1);
  const auto count = static_cast<int>(DeadLetterLog::kept_by_lane) + 5;
  for (int i = 1; i <= count; ++i) log.add(LaneIndex{0}, entry("x"));
  EXPECT_EQ(log.read({}, 10'000).entries.size(), DeadLetterLog::kept_by_lane);
  EXPECT_EQ(log.read({}, 10'000).missed, 0U);
  EXPECT_EQ(log.read(0, 10'000).missed, 5U);
  EXPECT_EQ(log.read(3, 10'000).missed, 2U);
  EXPECT_EQ(log.read(5, 10'000).missed, 0U);
  EXPECT_EQ(log.read(3, 1).missed, 2U);
  EXPECT_EQ(log.read(3, 1).last, 6U);
  log.pass_over();
  EXPECT_EQ(log.read(static_cast<std::uint64_t>(count), 10).missed, 1U);
  EXPECT_EQ(log.read(static_cast<std::uint64_t>(count), 10).last, static_cast<std::uint64_t>(count) + 1);
}

TEST(DeadLetterLog, KeepsTheBeginningOfALongDetail) {
  DeadLetterLog log(1);
  DeadLetterEntry made = entry("a");
  made.detail = std::string(1'000, 'd');
  log.add(LaneIndex{0}, std::move(made));
  EXPECT_EQ(log.read({}, 1).entries[0].detail.size(), DeadLetterLog::detail_bytes_max);
}

TEST(DeadLetterLog, AReaderThatGoesOnMissesNoneWithoutLearningIt) {
  constexpr std::uint64_t kEach = 5'000;
  DeadLetterLog log(2);
  std::vector<std::thread> lanes;
  for (std::uint32_t lane = 0; lane < 2; ++lane) {
    lanes.emplace_back([&log, lane] {
      for (std::uint64_t i = 0; i < kEach; ++i) log.add(LaneIndex{lane}, entry("x"));
    });
  }
  std::uint64_t last = 0;
  std::uint64_t seen = 0;
  while (last < 2 * kEach) {
    const auto page = log.read(last, 100);
    for (const DeadLetterEntry& one : page.entries) {
      EXPECT_GT(one.number, last);
      last = one.number;
    }
    seen += page.entries.size() + page.missed;
    EXPECT_GE(page.last, last);
    last = page.last;
  }
  for (std::thread& lane : lanes) lane.join();
  EXPECT_EQ(seen, 2 * kEach);
}

}  // namespace
}  // namespace shoal::lanes
