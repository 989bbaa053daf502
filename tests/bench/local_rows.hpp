#pragma once
// The local rows: one run of each, in a process of its own.

#include <cstdint>
#include <vector>

#include "local_lanes.hpp"

namespace shoal::bench {

// Messages a second from one thread to 10,000 entities; the floor does the same with a queue, a table and a
// call.
Figures measure_tell(const LocalLanes::Options& options);

struct AskPlan {
  std::uint32_t outstanding = 1;
  bool same_lane = false;
  bool persists = false;  // each ask is an event of an entity that is durable
  std::uint32_t asks = 20'000;
};
struct AskFigures {
  double median_us = 0;  // of a round trip
  double per_second = 0;
};
AskFigures measure_ask(const LocalLanes::Options& options, const AskPlan& plan);
// Two threads that hand so many items to and fro and sleep on an eventfd each.
AskFigures measure_hand_over(std::uint32_t outstanding);

struct ActivateFigures {
  Figures per_second;
  Figures bytes;  // an entity, beside its slot
};
// A million entities that come to be by their first message; the floor are the same ids in a map.
ActivateFigures measure_activate(const LocalLanes::Options& options);

}  // namespace shoal::bench
