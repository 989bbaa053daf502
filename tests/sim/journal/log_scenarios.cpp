#include "tests/sim/journal/log_scenarios.hpp"

#include <algorithm>
#include <cstdlib>

namespace shoal::sim {

namespace {

bool is_long() {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  return is_long != nullptr && *is_long != '\0';
}

#ifdef SHOAL_SIM_FEW_SEEDS
constexpr bool is_under_sanitizer = true;
#else
constexpr bool is_under_sanitizer = false;
#endif

}  // namespace

std::uint64_t seeds_of_a_run() {
  if (is_under_sanitizer) return is_long() ? 2'000 : 100;
  return is_long() ? 100'000 : 2'000;
}

std::uint64_t seeds_to_replay() { return is_under_sanitizer ? 10 : 50; }
std::uint64_t fewest_interleavings() { return is_under_sanitizer ? 20 : 100; }

std::optional<std::uint64_t> seed_to_trace() {
  const char* seed = std::getenv("SHOAL_SIM_SEED");
  if (seed == nullptr || *seed == '\0') return std::nullopt;
  return std::strtoull(seed, nullptr, 10);
}

LogRun run_seed(std::uint64_t seed, LogBug bug, std::ostream* trace) {
  SeededChance chance(seed);
  LogPlan plan;
  plan.shards = 1 + seed % 2;
  plan.processes = 2 + seed / 2 % 2;
  plan.spare_segments_max = seed % 3;
  if (plan.spare_segments_max > 0) {
    // Segments are soon full, checkpoints fit to the end, and an owner lives to use a segment again.
    plan.segment_bytes = 3 * 1024;
    plan.text_bytes_step = 10;
    plan.steps = 60;
    plan.calls_a_crash = 1'000;
  }
  plan.has_crashes = seed % 4 != 0;
  plan.has_disk_errors = seed % 5 == 0;
  plan.bug = bug;
  plan.trace = trace;
  LogWorld world(plan, chance, seed);
  return world.run();
}

std::vector<ShortStory> short_stories() {
  using enum Step;
  const std::vector<Step> owner = {claim, append_and_commit, append_and_commit};
  const std::uint64_t more = is_long() ? 1 : 0;
  return {
      {"takeover", {owner, {claim, append_and_commit}}, 3 + more},
      {"takeover_as_decided",
       {{claim_as_decided, append_and_commit, append_and_commit}, {claim_as_decided, append_and_commit}},
       3 + more},
      {"takeover_in_a_checkpoint",
       {{claim, append_and_commit, checkpoint, append_and_commit}, {claim, checkpoint, append_and_commit}},
       2 + more},
      {"takeover_of_a_closed_one",
       {{claim, append_and_commit, close}, {claim, append_and_commit, close}},
       3 + more},
      {"three", {owner, {claim, append_and_commit}, {claim, append_and_commit}}, 1 + more},
  };
}

Explored explore(const ShortStory& story, LogBug bug) {
  LogPlan plan;
  plan.scripts = story.scripts;
  plan.switches_max = story.switches_max;
  // Until a bug is caught, but where none is planted to the end, which under a sanitizer takes minutes.
  if (is_under_sanitizer && bug == LogBug::none)
    plan.switches_max = std::min<std::uint64_t>(plan.switches_max, 1);
  plan.bug = bug;
  EveryChance chance;
  Explored explored;
  do {
    LogWorld world(plan, chance, 1);
    const LogRun run = world.run();
    ++explored.runs;
    if (!run.breaches.empty()) explored.breach = run.breaches.front();
  } while (explored.breach.empty() && chance.next());
  return explored;
}

}  // namespace shoal::sim
