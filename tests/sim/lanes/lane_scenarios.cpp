#include "tests/sim/lanes/lane_scenarios.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "host/modules/registry.hpp"
#include "shoal/base/assert.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::sim {

namespace {

#ifdef SHOAL_SIM_FEW_SEEDS
constexpr bool has_few_seeds = true;
#else
constexpr bool has_few_seeds = false;
#endif

bool wants_long_run() {
  const char* wants = std::getenv("SHOAL_TEST_LONG");
  return wants != nullptr && *wants != '\0';
}

// Hosts live until their stores have checkpoints, and are killed between two turns.
void let_stores_age(LanePlan& plan) {
  plan.has_store = true;
  plan.passivate_after_ms = 20;
  plan.has_crashes = true;
  plan.has_power_failures = false;
  plan.has_disk_errors = false;
  plan.has_failing_turns = true;
  plan.remakes_topics = false;
  plan.active_max = 0;
  plan.checkpoint_bytes = 500;
  plan.calm = 6;
  plan.steps = 6'000;
}

struct DiaryModule {
  DiaryModule() {
    const auto loaded = registry.load(tests::test_module("diary"), {}, {});
    SHOAL_ASSERT(loaded.has_value());
    for (const char* name : lane_types) types.push_back(registry.find_type(name));
  }

  tests::TestDirectory directory;
  modules::Registry registry{modules::Registry::Options{
      directory / "copies", [](shoal_log_level, std::string_view, std::string_view) {}, "0.1.0"}};
  LaneTypes types;
};

}  // namespace

std::uint64_t lane_seeds_of_a_run() {
  if (has_few_seeds) return wants_long_run() ? 500 : 20;
  return wants_long_run() ? 100'000 : 1'000;
}

std::uint64_t lane_seeds_to_replay() { return has_few_seeds ? 3 : 30; }

const LaneTypes& diary_types() {
  static const DiaryModule module;
  return module.types;
}

std::optional<std::uint64_t> lane_seed_to_trace() {
  const char* seed = std::getenv("SHOAL_SIM_SEED");
  if (seed == nullptr || *seed == '\0') return std::nullopt;
  return std::strtoull(seed, nullptr, 10);
}

LaneRun run_lanes(std::uint64_t seed, LaneBug bug, std::ostream* trace) {
  spdlog::set_level(trace == nullptr ? spdlog::level::off : spdlog::level::info);
  SeededChance chance(seed);
  LanePlan plan;
  plan.hosts = 2 + seed % 2;
  plan.has_crashes = seed % 9 != 0;
  plan.has_power_failures = seed % 3 == 0;
  plan.has_disk_errors = seed % 5 == 0;
  plan.has_standing_clocks = seed % 7 == 0;
  plan.has_failing_turns = seed % 2 == 0 || seed % 12 == 3;
  plan.remakes_topics = seed % 6 == 1;
  plan.has_late_records = seed % 10 == 4;
  plan.active_max = seed % 8 == 3 ? 2 : 0;
  plan.passivate_after_ms = seed % 11 == 4 ? 100 : 0;
  plan.has_store = seed % 4 == 3;
  if (plan.has_store) plan.passivate_after_ms = seed % 8 == 3 ? 0 : 60;
  plan.checkpoint_bytes = seed % 3 == 1 ? 500 : 4'000;
  plan.calm = 1 + seed % 4;
  plan.lease_ms = seed % 4 < 2 ? 48 : 200;
  if (seed % 14 == 2 || bug == LaneBug::waits_for_own_lease) plan.longer_lease_ms = 400;
  plan.records_max = seed % 10 < 3 ? 10 : 60;
  if (seed % 30 == 1) plan.records_max = 400;  // so that a topic made anew grows while it is looked at
  // Hosts end before the lease of who was there before them is over.
  if (seed % 20 == 16 && bug == LaneBug::none) plan.steps_a_drain = 40;
  // States grow until a batch of them is more than a record holds.
  if (seed % 20 == 12) {
    plan.records_max = 400;
    plan.starts_max = 40;
    plan.steps = 5'000;
  }
  if (seed % 24 == 23 || bug == LaneBug::stores_uncounted) let_stores_age(plan);
  // Topics are made anew while records wait for want of room in memory and later ones count.
  if (seed % 18 == 7) {
    plan.has_crashes = true;
    plan.has_failing_turns = true;
    plan.active_max = 1;
    plan.records_max = 60;
    plan.calm = 1;
  }
  plan.bug = bug;
  // It takes a pause at one place, and hosts that live long enough for it.
  if (bug == LaneBug::leases_after_commit) {
    plan.stops_a_pause = 60;
    plan.calm = 1;
    plan.has_crashes = false;
    plan.has_power_failures = false;
    plan.has_disk_errors = false;
    plan.remakes_topics = false;
    plan.has_store = false;
    plan.lease_ms = 48;
    plan.starts_max = 30;
    plan.steps = 6'000;
  }
  // It takes hosts that take over one shard after the other.
  if (bug == LaneBug::tells_before_counting) {
    plan.calm = 1;
    plan.has_crashes = false;
    plan.has_power_failures = false;
    plan.has_disk_errors = false;
    plan.remakes_topics = false;
    plan.has_store = false;
    plan.starts_max = 40;
    plan.records_max = 400;
    plan.steps = 5'000;
  }
  plan.trace = trace;
  LaneWorld world(plan, diary_types(), chance, seed);
  return world.run();
}

}  // namespace shoal::sim
