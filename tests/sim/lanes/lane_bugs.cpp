#include "tests/sim/lanes/lane_bugs.hpp"

#include <cstddef>

namespace shoal::sim {

const char* name_of(LaneBug bug) {
  constexpr std::array names = {"none",
                                "answers_before_counting",
                                "leases_after_commit",
                                "answers_during_lease",
                                "waits_for_own_lease",
                                "forgets_emits",
                                "marks_emits_early",
                                "forgets_positions",
                                "believes_new_topics",
                                "recovers_uncounted",
                                "stores_uncounted",
                                "tells_before_counting"};
  return names[static_cast<std::size_t>(bug)];
}

}  // namespace shoal::sim
