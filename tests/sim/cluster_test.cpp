// Goal: whatever the network, the clocks and crashes do, the oracles and each scenario's own end hold; and a
// seed replays to the bit. Method: every scenario of scenarios.cpp over many seeds; a failing seed is
// printed.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/sim/scenarios.hpp"

namespace shoal::sim {
namespace {

std::uint64_t seeds() {
#ifdef SHOAL_SIM_FEW_SEEDS
  return 2;
#else
  return std::getenv("SHOAL_TEST_LONG") != nullptr ? 400 : 20;
#endif
}

class ScenarioTest : public testing::TestWithParam<Scenario> {};

TEST_P(ScenarioTest, HoldsForEverySeed) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    for (const std::string& breach : GetParam().run(seed, Bug::none).breaches) {
      ADD_FAILURE() << GetParam().name << ", seed " << seed << ", " << breach;
    }
  }
}

TEST_P(ScenarioTest, ReplaysToTheBit) {
  const std::uint64_t hash = GetParam().run(1, Bug::none).trace_hash;
  EXPECT_EQ(GetParam().run(1, Bug::none).trace_hash, hash);
  EXPECT_NE(GetParam().run(2, Bug::none).trace_hash, hash);
}

INSTANTIATE_TEST_SUITE_P(All, ScenarioTest, testing::ValuesIn(all_scenarios()),
                         [](const auto& each) { return std::string(each.param.name); });

std::uint64_t trace_of(std::uint64_t seed, Bug bug) {
  WorldConfig config;
  config.nodes = 8;
  config.seed = seed;
  config.bug = bug;
  config.network.loss = 0.02;
  World world(config);
  world.start_all();
  world.run_for(30'000);
  world.crash(3);
  world.run_for(30'000);
  return world.trace_hash();
}

TEST(ReplayTest, ASeedReplaysToTheBit) {
  EXPECT_EQ(trace_of(1, Bug::none), trace_of(1, Bug::none));
  EXPECT_NE(trace_of(1, Bug::none), trace_of(2, Bug::none));
}

TEST(ReplayTest, ChanceThatNoSeedGivesIsSeen) {
  EXPECT_NE(trace_of(1, Bug::unseeded_chance), trace_of(1, Bug::unseeded_chance));
}

// A figure for people: nothing here depends on how fast it went.
TEST(FiguresTest, AHundredNodes) {
  WorldConfig config;
  config.nodes = 100;
  World world(config);
  world.start_all();
  ASSERT_TRUE(world.run_until(120'000, [&] { return world.is_settled(); }));
  std::cout << "100 nodes formed in " << (world.now_ms() - 1'000'000) << " virtual ms\n";
  world.run_for(10'000);
  const std::uint64_t messages = world.messages_sent();
  const std::uint64_t bytes = world.bytes_sent();
  const auto start = std::chrono::steady_clock::now();
  world.run_for(60'000);
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start;
  std::cout << "idle: " << 60 / real.count() << " times real time, "
            << static_cast<double>(world.messages_sent() - messages) / 6'000 << " messages and "
            << static_cast<double>(world.bytes_sent() - bytes) / 6'000 << " bytes a node and second\n";
  EXPECT_EQ(world.healthy_called_unreachable(), 0U);
  const std::int64_t crashed_ms = world.now_ms();
  world.crash(42);
  ASSERT_TRUE(world.run_until(20'000, [&] { return world.is_seen_gone_by_all(42); }));
  std::cout << "a crash was known to all after " << (world.now_ms() - crashed_ms) << " virtual ms\n";
  EXPECT_TRUE(world.oracles().breaches().empty());
}

}  // namespace
}  // namespace shoal::sim
