#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <array>

namespace shoal::sim {

namespace {

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

// A cluster forms, something happens to it, and what must come of it is looked at. `prepare` is done before.
template <class Happens, class Prepare = decltype([](World&, cluster::Random&) {})>
Outcome after_forming(const WorldConfig& config, Happens happens, Prepare prepare = {}) {
  World world(config);
  cluster::Random random(config.seed);
  prepare(world, random);
  world.start_all();
  expect_settled(world, "as they form a cluster");
  happens(world, random);
  return {world.oracles().breaches(), world.trace_hash()};
}

Outcome form_and_change(std::uint64_t seed, Bug bug) {
  return after_forming(config_of(30, seed, bug), [](World& world, cluster::Random&) {
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
    if (!world.run_until(minute_ms, [&] { return world.has_fresh_metrics(30'000); })) {
      world.oracles().add("what members say of themselves does not reach all", world.now_ms());
    }
  });
}

Outcome lossy_network(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(20, seed, bug);
  config.network = {.delay_min_ms = 1, .jitter_ms = 200, .loss = 0.05, .duplicate = 0.05};
  return after_forming(config, [](World& world, cluster::Random&) {
    world.run_for(5 * minute_ms);
    expect_running(world, 20, "over a lossy network");
    // A healthy node may once be called unreachable, which each of the others says, and refute; never often.
    if (world.healthy_called_unreachable() > 40) {
      world.oracles().add("healthy nodes were called unreachable again and again", world.now_ms());
    }
  });
}

Outcome pauses_and_clocks(std::uint64_t seed, Bug bug) {
  return after_forming(config_of(10, seed, bug), [](World& world, cluster::Random& random) {
    World::NodeIndex paused = random.below(10);
    for (int round = 0; round < 6; ++round) {
      const auto clock = round % 2 == 0 ? ClockWhile::runs : ClockWhile::stands;
      // Never the same one twice in a row: two pauses that meet are one, longer than the wait.
      paused = (paused + 1 + random.below(9)) % 10;
      world.pause(paused, 1'000 + static_cast<std::int64_t>(random.below(9'000)), clock);
      world.jump_clock(random.below(10), static_cast<std::int64_t>(random.below(10'000)));
      world.run_for(5'000 + static_cast<std::int64_t>(random.below(10'000)));
    }
    expect_settled(world, "after the pauses");
    expect_running(world, 10, "after pauses shorter than the wait for a stable split");
  });
}

Outcome one_way_links(std::uint64_t seed, Bug bug) {
  return after_forming(config_of(10, seed, bug), [](World& world, cluster::Random& random) {
    for (int link = 0; link < 4; ++link) world.cut(random.below(10), random.below(10));
    world.run_for(minute_ms);
    world.heal();
    expect_settled(world, "after links came back");
    expect_running(world, 10, "after a few one-way links broke");
  });
}

Outcome slow_links(std::uint64_t seed, Bug bug) {
  return after_forming(
      config_of(10, seed, bug),
      [](World& world, cluster::Random&) {
        world.run_for(2 * minute_ms);
        expect_running(world, 10, "over links that are slow one way");
      },
      [](World& world, cluster::Random& random) {
        for (int link = 0; link < 20; ++link) {
          world.slow(random.below(10), random.below(10), static_cast<std::int64_t>(random.below(500)));
        }
      });
}

// Longer than the wait for a stable split: it is removed, and ends when it goes on.
Outcome long_pause(std::uint64_t seed, Bug bug) {
  return after_forming(config_of(8, seed, bug), [&](World& world, cluster::Random& random) {
    const World::NodeIndex paused = random.below(8);
    world.pause(paused, minute_ms, seed % 2 == 0 ? ClockWhile::runs : ClockWhile::stands);
    world.run_for(2 * minute_ms);
    if (world.is_running(paused)) world.oracles().add("a removed node runs on", world.now_ms());
    expect_running(world, 7, "after a pause of a minute");
    expect_settled(world, "after a pause of a minute");
  });
}

// A node that is cut off for long and not downed meanwhile is never reachable again.
Outcome quarantine(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(8, seed, bug);
  config.membership.downing.stable_after_ms = 5 * minute_ms;
  return after_forming(config, [](World& world, cluster::Random& random) {
    const World::NodeIndex lone = random.below(8);
    world.cut_apart({lone});
    world.run_for(3 * minute_ms);
    world.heal();
    world.run_for(minute_ms);
    for (World::NodeIndex node = 0; node < 8; ++node) {
      const bool is_seen = node != lone && world.is_running(node) && !world.is_seen_gone(node, lone);
      if (is_seen) world.oracles().add("a quarantined node is reachable again", world.now_ms());
    }
    world.run_for(10 * minute_ms);
    expect_running(world, 7, "after a quarantine");
    expect_settled(world, "after a quarantine");
  });
}

// Splits that stay: one side goes on and agrees, or none.
Outcome split(std::uint64_t seed, Bug bug, Strategy strategy) {
  WorldConfig config = config_of(10, seed, bug);
  config.strategy = strategy;
  return after_forming(config, [&](World& world, cluster::Random& random) {
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
  });
}

Outcome flapping_split(std::uint64_t seed, Bug bug) {
  return after_forming(config_of(9, seed, bug), [](World& world, cluster::Random&) {
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
  });
}

// Waits until it runs once, and what each node tells it arrives.
void expect_singleton(World& world, std::int64_t length_ms, const char* when) {
  if (!world.run_until(length_ms, [&] { return world.singleton_at().size() == 1; })) {
    world.oracles().add(std::string("the singleton runs nowhere ") + when, world.now_ms());
    return;
  }
  world.run_for(3'000);  // so that all ask where it is
  const std::uint64_t delivered = world.singleton_delivered();
  for (World::NodeIndex node = 0; node < world.nodes(); ++node) {
    if (world.is_running(node)) world.tell_singleton(node, "hello");
  }
  world.run_for(3'000);
  if (world.singleton_delivered() - delivered != world.running()) {
    world.oracles().add(std::string("messages for the singleton do not arrive ") + when, world.now_ms());
  }
}

Outcome singleton_moves(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(7, seed, bug);
  config.singleton = Singleton::on_the_oldest;
  config.seeds = config.nodes;
  return after_forming(config, [](World& world, cluster::Random&) {
    expect_singleton(world, 10'000, "at first");
    struct Move {
      const char* when;
      void (*make)(World& world, World::NodeIndex at);
    };
    constexpr std::array moves = {
        Move{"after its node left", [](World& w, World::NodeIndex at) { w.leave(at); }},
        Move{"after its node crashed", [](World& w, World::NodeIndex at) { w.crash(at); }},
        Move{"after its node was started again", [](World& w, World::NodeIndex at) { w.restart(at); }},
        Move{"after its node was paused",
             [](World& w, World::NodeIndex at) { w.pause(at, 8'000, ClockWhile::runs); }},
    };
    for (const Move& move : moves) {
      const auto at = world.singleton_at();
      if (at.empty()) break;
      move.make(world, at.front());
      world.run_for(3'000);
      expect_singleton(world, 2 * minute_ms, move.when);
      expect_settled(world, move.when);
    }
  });
}

Outcome singleton_split(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(9, seed, bug);
  config.singleton = Singleton::on_the_oldest;
  config.seeds = config.nodes;
  config.strategy =
      std::array{Strategy::keep_majority, Strategy::static_quorum, Strategy::keep_oldest}[seed % 3];
  return after_forming(config, [](World& world, cluster::Random& random) {
    expect_singleton(world, 10'000, "before the split");
    const auto at = world.singleton_at();
    if (at.empty()) return;
    // The side of the singleton, of one to eight nodes.
    std::vector<World::NodeIndex> side;
    for (std::size_t i = 0; i <= random.below(8); ++i) side.push_back((at.front() + i) % 9);
    world.cut_apart(side);
    world.run_for(3 * minute_ms);
    if (world.running() > 0) expect_singleton(world, minute_ms, "after the split");
  });
}

Outcome rolling_restart(std::uint64_t seed, Bug bug) {
  WorldConfig config = config_of(6, seed, bug);
  config.singleton = Singleton::on_the_oldest;
  config.seeds = config.nodes;
  return after_forming(config, [](World& world, cluster::Random&) {
    for (World::NodeIndex node = 0; node < 6; ++node) {
      world.leave(node);
      if (!world.run_until(minute_ms, [&] { return !world.is_running(node); })) {
        world.oracles().add("leaving did not end", world.now_ms());
      }
      world.start(node);
      expect_settled(world, "after a restart of the rolling one");
      expect_singleton(world, 30'000, "after a restart of the rolling one");
    }
  });
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
      {"slow_links", slow_links},
      {"long_pause", long_pause},
      {"quarantine", quarantine},
      {"singleton_moves", singleton_moves},
      {"singleton_split", singleton_split},
      {"rolling_restart", rolling_restart},
  };
  return scenarios;
}

}  // namespace shoal::sim
