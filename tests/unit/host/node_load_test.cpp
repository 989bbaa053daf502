// Goal: what a host says of its load is the share of the time between two looks, and never more than all of
// it. Method: samples made by hand.
#include "host/node_load.hpp"

#include <gtest/gtest.h>

namespace shoal::host {
namespace {

using std::chrono::seconds;

LoadSample sample_at(std::int64_t second) {
  LoadSample sample;
  sample.at = std::chrono::steady_clock::time_point(seconds(second));
  sample.processors = 4;
  sample.lanes.resize(2);
  return sample;
}

TEST(NodeLoad, TheFirstLookTellsNoLoad) {
  NodeLoad load;
  LoadSample first = sample_at(10);
  first.cpu_seconds = 100;
  first.lanes[0].cpu_seconds = 50;
  first.resident_bytes = 3'500'000;
  first.shards = 64;
  first.lag = 7;
  const cluster::NodeMetrics told = load.look(first);
  EXPECT_EQ(told.cpu_permille, 0);
  EXPECT_EQ(told.lanes_permille, 0);
  EXPECT_EQ(told.memory_mib, 3U);
  EXPECT_EQ(told.shards, 64U);
  EXPECT_EQ(told.lag, 7U);
}

TEST(NodeLoad, LoadIsTheShareOfTheTimeSinceTheLastLook) {
  NodeLoad load;
  load.look(sample_at(0));
  LoadSample second = sample_at(5);
  second.cpu_seconds = 10;
  second.lanes[0].cpu_seconds = 1;
  second.lanes[1].cpu_seconds = 4;
  load.look(second);
  LoadSample third = sample_at(10);
  third.cpu_seconds = 15;
  third.lanes[0].cpu_seconds = 1;
  third.lanes[1].cpu_seconds = 6;
  const cluster::NodeMetrics told = load.look(third);
  EXPECT_EQ(told.cpu_permille, 250);    // 5 s of 4 processors' 20
  EXPECT_EQ(told.lanes_permille, 200);  // 2 s of 2 lanes' 10
}

TEST(NodeLoad, ALaneThatWaitsInsideOfATurnIsBusy) {
  NodeLoad load;
  load.look(sample_at(0));
  LoadSample second = sample_at(5);
  second.lanes[0].turn_seconds = 90;
  EXPECT_EQ(load.look(second).lanes_permille, 500);
}

TEST(NodeLoad, NothingIsLessThanNoneOrMoreThanAll) {
  NodeLoad load;
  LoadSample first = sample_at(0);
  first.lanes[0].cpu_seconds = 10;
  load.look(first);
  LoadSample second = sample_at(5);
  second.cpu_seconds = 1'000;
  EXPECT_EQ(load.look(second).cpu_permille, 1'000);
  EXPECT_EQ(load.look(second).lanes_permille, 0);  // a lane that has ended; and no time at all
}

TEST(NodeLoad, IsDueOnceAnInterval) {
  NodeLoad load;
  EXPECT_TRUE(load.is_due({}));
  load.look(sample_at(10));
  EXPECT_FALSE(load.is_due(sample_at(14).at));
  EXPECT_TRUE(load.is_due(sample_at(15).at));
}

}  // namespace
}  // namespace shoal::host
