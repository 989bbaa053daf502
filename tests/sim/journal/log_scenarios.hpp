#pragma once
// What the journal's world is run with: the plan of a seed, and short stories of two or three owners that are
// gone through in every order.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/journal/log_world.hpp"

namespace shoal::sim {

inline constexpr std::uint64_t seeds_of_a_bug = 300;

// 2,000; 100,000 with SHOAL_TEST_LONG=1.
std::uint64_t seeds_of_a_run();
// 50; 10 under a sanitizer.
std::uint64_t seeds_to_replay();
// Fewer of a story would not be all.
std::uint64_t fewest_interleavings();

// `trace` gets what happens.
LogRun run_seed(std::uint64_t seed, LogBug bug, std::ostream* trace = nullptr);
// SHOAL_SIM_SEED, which is run alone and traced.
std::optional<std::uint64_t> seed_to_trace();

struct ShortStory {
  const char* name;
  std::vector<std::vector<Step>> scripts;
  std::uint64_t switches_max;
};
std::vector<ShortStory> short_stories();

struct Explored {
  std::uint64_t runs = 0;
  std::string breach;  // of the first run that has one: none follows it
};
Explored explore(const ShortStory& story, LogBug bug);

}  // namespace shoal::sim
