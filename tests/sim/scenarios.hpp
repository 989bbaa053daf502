#pragma once
// Scenarios: what happens to a simulated cluster, and what must come of it. Each gives the breaches it saw,
// its own and the oracles'; none is what it should be.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace shoal::sim {

struct Outcome {
  std::vector<std::string> breaches;
  std::uint64_t trace_hash = 0;  // of every event
};

struct Scenario {
  const char* name;
  std::function<Outcome(std::uint64_t seed, Bug bug)> run;
};

const std::vector<Scenario>& all_scenarios();

// For googletest: what it is called, not its bytes, which differ from build to build.
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

}  // namespace shoal::sim
