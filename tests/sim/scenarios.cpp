#include "tests/sim/scenarios.hpp"

#include <algorithm>

namespace shoal::sim {

namespace {

using Breaches = std::vector<std::string>;

constexpr std::int64_t minute_ms = 60'000;

WorldConfig config_of(std::size_t nodes, std::uint64_t seed, Bug bug) {
  WorldConfig config;
  config.nodes = nodes;
  config.seed = seed;
  config.bug = bug;
  config.network.duplicate = 0.02;
  return config;
}

// Waits until all running nodes agree on each other.
void expect_settled(World& world, const char* when) {
  if (!world.run_until(2 * minute_ms, [&] { return world.is_settled(); })) {
    world.oracles().add(std::string("the nodes do not agree ") + when, world.now_ms());
  }
}

void expect_running(World& world, std::size_t count, const char* when) {
  if (world.running() == count) return;
  world.oracles().add(
      std::to_string(world.running()) + " nodes run " + when + ", not " + std::to_string(count),
      world.now_ms());
}

void expect_gone(World& world, World::NodeIndex node) {
  if (!world.run_until(20'000, [&] { return world.is_seen_gone_by_all(node); })) {
    world.oracles().add("a crash was not detected", world.now_ms());
  }
}

Breaches form_and_change(std::uint64_t seed, Bug bug) {
  World world(config_of(30, seed, bug));
  world.start_all();
  expect_settled(world, "after they started");
  world.crash(5);
  expect_gone(world, 5);
  expect_settled(world, "after a crash");
  world.start(5);
  expect_settled(world, "after a crashed one came back");
  world.restart(7);
  expect_settled(world, "after a restart that nobody noticed");
  expect_running(world, 30, "after the restarts");
  world.leave(3);
  expect_settled(world, "after one left");
  expect_running(world, 29, "after one left");
  if (world.stop_reason(3) != cluster::StopReason::left)
    world.oracles().add("leaving did not end", world.now_ms());
  return world.oracles().breaches();
}

Breaches lossy_network(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(20, seed, bug);
  config.network = {.delay_min_ms = 1, .jitter_ms = 200, .loss = 0.05, .duplicate = 0.05};
  World world(config);
  world.start_all();
  expect_settled(world, "over a lossy network");
  world.run_for(5 * minute_ms);
  expect_running(world, 20, "over a lossy network");
  // A healthy node may once be called unreachable, which each of the others says, and refute; never often.
  if (world.healthy_called_unreachable() > 40) {
    world.oracles().add("healthy nodes were called unreachable again and again", world.now_ms());
  }
  return world.oracles().breaches();
}

Breaches pauses_and_clocks(std::uint64_t seed, Bug bug) {
  World world(config_of(10, seed, bug));
  cluster::Random random(seed);
  world.start_all();
  expect_settled(world, "before the pauses");
  for (int round = 0; round < 6; ++round) {
    const auto clock = round % 2 == 0 ? ClockWhile::runs : ClockWhile::stands;
    world.pause(random.below(10), 1'000 + static_cast<std::int64_t>(random.below(9'000)), clock);
    world.jump_clock(random.below(10), static_cast<std::int64_t>(random.below(10'000)));
    world.run_for(5'000 + static_cast<std::int64_t>(random.below(10'000)));
  }
  expect_settled(world, "after the pauses");
  expect_running(world, 10, "after pauses shorter than the wait for a stable split");
  return world.oracles().breaches();
}

Breaches one_way_links(std::uint64_t seed, Bug bug) {
  World world(config_of(10, seed, bug));
  cluster::Random random(seed);
  world.start_all();
  expect_settled(world, "before links broke");
  for (int link = 0; link < 4; ++link) world.cut(random.below(10), random.below(10));
  world.run_for(minute_ms);
  world.heal();
  expect_settled(world, "after links came back");
  expect_running(world, 10, "after a few one-way links broke");
  return world.oracles().breaches();
}

// Splits that stay: one side goes on and agrees, or none.
Breaches split(std::uint64_t seed, Bug bug, Strategy strategy) {
  WorldConfig config = config_of(10, seed, bug);
  config.strategy = strategy;
  World world(config);
  cluster::Random random(seed);
  world.start_all();
  expect_settled(world, "before the split");
  std::vector<World::NodeIndex> side;
  const std::size_t size = seed % 3 == 0 ? 5 : 1 + random.below(9);
  const World::NodeIndex first = random.below(10);
  for (std::size_t i = 0; i < size; ++i) side.push_back((first + i) % 10);
  world.cut_apart(side);
  world.run_for(3 * minute_ms);
  std::size_t here = 0;
  for (const World::NodeIndex node : side) here += world.is_running(node) ? 1 : 0;
  const std::size_t there = world.running() - here;
  if (here > 0 && there > 0) world.oracles().add("both sides of a split went on", world.now_ms());
  const bool somebody_must =
      strategy == Strategy::keep_majority || (strategy == Strategy::static_quorum && size != 5);
  if (somebody_must) {
    expect_running(world, std::max(size, 10 - size), "after the split");
    expect_settled(world, "after the split");
  }
  return world.oracles().breaches();
}

Breaches flapping_split(std::uint64_t seed, Bug bug) {
  World world(config_of(9, seed, bug));
  world.start_all();
  expect_settled(world, "before the split");
  for (int round = 0; round < 5; ++round) {
    world.cut_apart({0, 1, 2});
    world.run_for(8'000);
    world.heal();
    world.run_for(8'000);
  }
  world.cut_apart({0, 1, 2});
  world.run_for(3 * minute_ms);
  const bool few_run = world.is_running(0) || world.is_running(1) || world.is_running(2);
  if (few_run) world.oracles().add("the smaller side of a split went on", world.now_ms());
  return world.oracles().breaches();
}

}  // namespace

const std::vector<Scenario>& all_scenarios() {
  static const std::vector<Scenario> scenarios = {
      {"form_and_change", form_and_change},
      {"lossy_network", lossy_network},
      {"pauses_and_clocks", pauses_and_clocks},
      {"one_way_links", one_way_links},
      {"split_keep_majority",
       [](std::uint64_t seed, Bug bug) { return split(seed, bug, Strategy::keep_majority); }},
      {"split_static_quorum",
       [](std::uint64_t seed, Bug bug) { return split(seed, bug, Strategy::static_quorum); }},
      {"split_keep_oldest",
       [](std::uint64_t seed, Bug bug) { return split(seed, bug, Strategy::keep_oldest); }},
      {"split_down_all", [](std::uint64_t seed, Bug bug) { return split(seed, bug, Strategy::down_all); }},
      {"flapping_split", flapping_split},
  };
  return scenarios;
}

}  // namespace shoal::sim
