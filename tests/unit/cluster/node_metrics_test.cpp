// Goal: the newest of each member holds, the freshest is told first and a bounded number of times, and a
// member that is gone takes its numbers along. Method: by hand.

#include "cluster/node_metrics.hpp"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

NodeMetrics metrics(std::uint64_t uid, std::uint32_t sequence) {
  NodeMetrics metrics;
  metrics.uid = Uid{uid};
  metrics.sequence = sequence;
  return metrics;
}

std::vector<Uid> told(MetricsBoard& board, std::size_t count) {
  std::vector<Uid> uids;
  for (const NodeMetrics& each : board.tell(count)) uids.push_back(each.uid);
  return uids;
}

TEST(MetricsBoardTest, TheNewestHolds) {
  MetricsBoard board;
  EXPECT_TRUE(board.merge(metrics(2, 5)));
  EXPECT_TRUE(board.merge(metrics(1, 1)));
  EXPECT_FALSE(board.merge(metrics(2, 5)));
  EXPECT_FALSE(board.merge(metrics(2, 4)));
  EXPECT_TRUE(board.merge(metrics(2, 6)));
  ASSERT_EQ(board.all().size(), 2U);
  EXPECT_EQ(board.all()[0].uid, Uid{1});
  EXPECT_EQ(board.find(Uid{2})->sequence, 6U);
  EXPECT_EQ(board.find(Uid{3}), nullptr);
}

TEST(MetricsBoardTest, TheFreshestIsToldFirstAndEachEnds) {
  MetricsBoard board;
  for (const std::uint64_t uid : {1U, 2U, 3U}) board.merge(metrics(uid, 1));
  board.merge(metrics(1, 2));
  const std::vector<Uid> freshest = {Uid{3}, Uid{1}};
  for (std::uint32_t times = 0; times < MetricsBoard::tellings; ++times) EXPECT_EQ(told(board, 2), freshest);
  for (std::uint32_t times = 0; times < MetricsBoard::tellings; ++times) {
    EXPECT_EQ(told(board, 2), std::vector<Uid>{Uid{2}});
  }
  EXPECT_TRUE(board.tell(2).empty());
}

TEST(MetricsBoardTest, WhatIsToBeToldIsBounded) {
  MetricsBoard board;
  for (std::uint64_t uid = 1; uid <= MetricsBoard::fresh_max + 1; ++uid) board.merge(metrics(uid, 1));
  const std::vector<NodeMetrics> told = board.tell(1'000);
  ASSERT_EQ(told.size(), MetricsBoard::fresh_max);
  EXPECT_EQ(told.front().uid, Uid{2});
  EXPECT_EQ(board.all().size(), MetricsBoard::fresh_max + 1);
}

TEST(MetricsBoardTest, WhoIsGoneIsForgotten) {
  MetricsBoard board;
  board.merge(metrics(1, 1));
  board.forget(Uid{1});
  EXPECT_EQ(board.find(Uid{1}), nullptr);
  EXPECT_TRUE(board.tell(8).empty());
}

}  // namespace
}  // namespace shoal::cluster
