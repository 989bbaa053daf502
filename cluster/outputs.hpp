#pragma once
// Outputs: what a membership wants done after an input. The owner clears and reuses it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/message.hpp"

namespace shoal::cluster {

struct Send {
  std::string address;
  Message message;
};

// One per change of a member that others may want to know of, in the order in which they happened; those of
// one member are in the order of its states.
struct MemberEvent {
  enum class Kind : std::uint8_t { state, unreachable, reachable };

  std::shared_ptr<const Profile> profile;
  Kind kind = Kind::state;
  MemberState state = MemberState::joining;
};

enum class StopReason : std::uint8_t { left, downed, removed, join_refused, join_timed_out };

const char* name_of(StopReason reason);

struct Stop {
  StopReason reason;
  std::string text;  // what was refused, and what to do
};

struct Outputs {
  std::vector<Send> sends;
  std::vector<MemberEvent> events;
  std::vector<NodeMetrics> metrics;  // that are newer than what was known
  std::optional<Stop> stop;          // this incarnation is over: the node has to end

  void clear() {
    sends.clear();
    events.clear();
    metrics.clear();
    stop.reset();
  }
};

}  // namespace shoal::cluster
