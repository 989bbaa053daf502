#pragma once
// Mistakes planted around a lane: in what it is told of its log, what it does with it, and what its producer
// says. The production objects have no switch for any of them.

#include <array>
#include <cstdint>

namespace shoal::sim {

enum class LaneBug : std::uint8_t {
  none,
  answers_before_counting,  // whatever was committed is taken for what counts
  leases_after_commit,      // the lease begins with a look at the clock after the commit was handed over
  answers_during_lease,     // a new owner does not wait until its predecessor's lease is over
  waits_for_own_lease,      // it takes its predecessor's for as long as its own
  forgets_emits,            // what counted and was not acknowledged is not sent again
  marks_emits_early,        // they are acknowledged before they have arrived
  forgets_positions,        // what the log says of its sources is not read
  believes_new_topics,      // a topic made anew is taken for the one that was read
  recovers_uncounted,       // what an earlier owner appended, and never counted, is read as well
  stores_uncounted,         // a state is in the state store before its record counts
  tells_before_counting,    // a tell to another shard leaves before its record counts
};

inline constexpr std::array all_lane_bugs = {
    LaneBug::answers_before_counting, LaneBug::leases_after_commit,   LaneBug::answers_during_lease,
    LaneBug::waits_for_own_lease,     LaneBug::forgets_emits,         LaneBug::marks_emits_early,
    LaneBug::forgets_positions,       LaneBug::believes_new_topics,   LaneBug::recovers_uncounted,
    LaneBug::stores_uncounted,        LaneBug::tells_before_counting,
};

const char* name_of(LaneBug bug);

}  // namespace shoal::sim
