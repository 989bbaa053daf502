// Goal: a log's records are known again by their offsets, and its last one by more than that, in whatever
// order and however often they are said. Method: by hand.

#include "host/lanes/source_positions.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kTopic = 7;
constexpr Partition kFirst{0};

RecordMark mark(std::int64_t offset) {
  return {Offset{offset}, 1'000 + offset, static_cast<std::uint32_t>(offset)};
}

TEST(SourcePositionsTest, WhatIsBelowTheLowOffsetOrNamedIsHeld) {
  SourcePositions positions;
  EXPECT_EQ(positions.find(kTopic, kFirst), nullptr);
  positions.add(kTopic, kFirst, mark(5), Offset{3});
  positions.add(kTopic, kFirst, mark(4), Offset{2});
  positions.add(kTopic, kFirst, mark(8), Offset{3});
  const auto* position = positions.find(kTopic, kFirst);
  ASSERT_NE(position, nullptr);
  EXPECT_EQ(position->low, Offset{3});
  EXPECT_TRUE(position->holds(Offset{2}));
  EXPECT_FALSE(position->holds(Offset{3}));
  EXPECT_TRUE(position->holds(Offset{4}));
  EXPECT_TRUE(position->holds(Offset{5}));
  EXPECT_FALSE(position->holds(Offset{6}));
  EXPECT_TRUE(position->holds(Offset{8}));
  EXPECT_FALSE(position->holds(Offset{9}));
  EXPECT_EQ(positions.find(kTopic, Partition{1}), nullptr);
  EXPECT_EQ(positions.find(kTopic + 1, kFirst), nullptr);
}

TEST(SourcePositionsTest, WhatFollowsTheLowOffsetMovesItOn) {
  SourcePositions positions;
  for (const std::int64_t offset : {0, 1, 3, 4, 7}) positions.add(kTopic, kFirst, mark(offset), Offset{0});
  EXPECT_EQ(positions.find(kTopic, kFirst)->low, Offset{2});
  positions.add(kTopic, kFirst, mark(2), Offset{0});
  EXPECT_EQ(positions.find(kTopic, kFirst)->low, Offset{5});
  positions.add(kTopic, kFirst, mark(8), Offset{7});
  EXPECT_EQ(positions.find(kTopic, kFirst)->low, Offset{9});
  EXPECT_TRUE(positions.find(kTopic, kFirst)->above.empty());
}

TEST(SourcePositionsTest, TheLastIsThatOfTheHighestOffset) {
  SourcePositions positions;
  positions.add(kTopic, kFirst, mark(5), Offset{0});
  positions.add(kTopic, kFirst, mark(2), Offset{0});
  EXPECT_EQ(positions.find(kTopic, kFirst)->last, mark(5));
  positions.add(kTopic, kFirst, mark(9), Offset{6});
  EXPECT_EQ(positions.find(kTopic, kFirst)->last, mark(9));
}

TEST(SourcePositionsTest, ACheckpointSaysAllOfIt) {
  SourcePositions positions;
  positions.add(kTopic, kFirst, mark(3), Offset{1});
  positions.finished_below(kTopic, kFirst, Offset{10}, mark(14));
  positions.add_run(kTopic, kFirst, Offset{12}, Offset{15});
  const auto* position = positions.find(kTopic, kFirst);
  EXPECT_EQ(position->low, Offset{10});
  EXPECT_EQ(position->last, mark(14));
  EXPECT_FALSE(position->holds(Offset{11}));
  for (const std::int64_t offset : {3, 9, 12, 13, 14}) EXPECT_TRUE(position->holds(Offset{offset})) << offset;
  EXPECT_FALSE(position->holds(Offset{15}));
  // What stands before a checkpoint may be read after it.
  positions.finished_below(kTopic, kFirst, Offset{4}, mark(5));
  EXPECT_EQ(position->low, Offset{10});
  EXPECT_EQ(position->last, mark(14));
}

std::uint32_t crc_of(shoal_bytes key, shoal_bytes value) {
  shoal_record record{};
  record.key = key;
  record.value = value;
  return record_crc(record);
}

TEST(SourcePositionsTest, TheCrcIsOfKeyAndValue) {
  const auto text = [](std::string_view of) { return to_bytes(of); };
  EXPECT_EQ(crc_of(text("1234"), text("56789")), 0xe3069283);
  EXPECT_NE(crc_of(text("1234"), text("56780")), 0xe3069283);
  EXPECT_NE(crc_of(text("1235"), text("56789")), 0xe3069283);
  EXPECT_EQ(crc_of(text("123456789"), null_bytes), 0xe3069283);
  EXPECT_EQ(crc_of(null_bytes, text("123456789")), 0xe3069283);
}

}  // namespace
}  // namespace shoal::lanes
