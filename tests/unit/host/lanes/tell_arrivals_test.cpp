// Goal: a receiver runs the tells of each sender once and in order, and says below which they count. Method:
// marks by hand; positions stand for the log.

#include "host/lanes/tell_arrivals.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace shoal::lanes {
namespace {

class TellArrivalsTest : public testing::Test {
 protected:
  static TellMark mark(std::uint64_t number, std::uint64_t first_pending = 0, std::uint32_t source = 7) {
    return {source, TypeIndex{1}, ShardId{2}, false, number, first_pending};
  }
  // It comes; where it is its turn, it is taken in.
  TellArrival come(std::uint64_t number, std::uint64_t first_pending = 0) {
    const TellArrival arrival = arrivals_.look(mark(number, first_pending));
    if (arrival == TellArrival::next) arrivals_.taken(mark(number, first_pending));
    return arrival;
  }
  void hold(std::uint64_t number) {
    const Offset offset{static_cast<std::int64_t>(number)};
    positions_.add(7, Partition{2}, {offset, -1, 0}, arrivals_.low_of(mark(number)));
  }
  std::vector<TellMark> acknowledgements() {
    std::vector<TellMark> all;
    arrivals_.take_acknowledgements([&](ShardId shard, TypeIndex type, const TellMark& acknowledged) {
      EXPECT_EQ(shard, ShardId{2});
      EXPECT_EQ(type, TypeIndex{1});
      all.push_back(acknowledged);
    });
    return all;
  }

  SourcePositions positions_;
  TellArrivals arrivals_{positions_};
};

TEST_F(TellArrivalsTest, RunsEachOnceAndInOrder) {
  EXPECT_EQ(come(1), TellArrival::out_of_turn);
  EXPECT_EQ(come(0), TellArrival::next);
  EXPECT_EQ(come(0), TellArrival::repeated);
  EXPECT_EQ(come(2), TellArrival::out_of_turn);
  EXPECT_EQ(come(1), TellArrival::next);
  EXPECT_EQ(come(2), TellArrival::next);
}

TEST_F(TellArrivalsTest, AcknowledgesWhatFinishedWithoutGaps) {
  EXPECT_TRUE(acknowledgements().empty());
  for (const std::uint64_t number : {0, 1, 2}) come(number);
  hold(0);
  hold(2);
  auto said = acknowledgements();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].number, 1U) << "the second one waits for its entity";
  EXPECT_EQ(said[0].source, 7U);
  EXPECT_TRUE(acknowledgements().empty());
  hold(1);
  arrivals_.acknowledge_later(mark(1));
  said = acknowledgements();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].number, 3U);
  EXPECT_EQ(come(1), TellArrival::repeated);
  EXPECT_EQ(acknowledgements().size(), 1U) << "the sender has not heard it";
}

TEST_F(TellArrivalsTest, GoesOnWithWhatTheLogHolds) {
  hold(0);
  hold(1);
  hold(3);
  EXPECT_EQ(come(1), TellArrival::repeated);
  EXPECT_EQ(come(3), TellArrival::out_of_turn);
  EXPECT_EQ(come(2), TellArrival::next);
  EXPECT_EQ(come(3), TellArrival::repeated);
  EXPECT_EQ(come(4), TellArrival::next);
}

TEST_F(TellArrivalsTest, BelievesItsSenderThatAnOlderOneCounted) {
  EXPECT_EQ(come(5, 5), TellArrival::next);
  hold(5);
  const auto said = acknowledgements();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].number, 6U);
}

TEST_F(TellArrivalsTest, WhatHadNoRoomIsWantedAgainWithAllBehindIt) {
  EXPECT_EQ(come(0), TellArrival::next);
  EXPECT_EQ(arrivals_.look(mark(1)), TellArrival::next);
  arrivals_.refused(mark(1));
  EXPECT_EQ(come(2), TellArrival::out_of_turn);
  EXPECT_FALSE(acknowledgements().at(0).again);
  EXPECT_TRUE(arrivals_.want_refused());
  EXPECT_TRUE(acknowledgements().at(0).again);
  EXPECT_FALSE(arrivals_.want_refused());
  EXPECT_EQ(come(1), TellArrival::next);
  EXPECT_EQ(come(2), TellArrival::next);
}

TEST_F(TellArrivalsTest, SendersAreApart) {
  EXPECT_EQ(come(0), TellArrival::next);
  EXPECT_EQ(arrivals_.look(mark(0, 0, 8)), TellArrival::next);
  arrivals_.clear();
  EXPECT_EQ(come(0), TellArrival::next) << "it has not been held, and what was taken in is forgotten";
}

}  // namespace
}  // namespace shoal::lanes
