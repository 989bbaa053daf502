#pragma once
// EntityChanges: what a turn wants for its own entity, kept until it has ended well: timers, receive timeout,
// stash, an end. The strings are reused turn after turn.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shoal/abi/entity.h"

namespace shoal::lanes {

struct TimerChange {
  std::string name;
  bool cancels = false;
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds interval{0};
  std::uint32_t continuation_id = 0;
  std::string payload;
};

struct EntityChanges {
  std::vector<TimerChange> timers;  // in order
  std::optional<std::chrono::milliseconds> receive_timeout;
  bool stash = false;
  bool unstash = false;
  shoal_stop_reason stop_reason = 0;

  void clear() {
    timers.clear();
    receive_timeout.reset();
    stash = false;
    unstash = false;
    stop_reason = 0;
  }
};

}  // namespace shoal::lanes
