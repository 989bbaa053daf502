#pragma once
// LeaveRule: what becomes of an entity that wants to leave. Pure, since it is needed on lanes and on the
// threads of a pool.

#include <cstdint>

#include "shoal/abi/entity.h"

namespace shoal::lanes {

enum class Leaving : std::uint8_t {
  later,         // its stop message comes first, and is on its way
  stop_message,  // it is to get its stop message now
  ends,          // with its last turn
};

struct LeaveRule {
  bool has_stop_message = false;  // its type
  bool is_stopping = false;       // it passivates with one
  bool stop_message_due = false;  // and has not had it yet

  Leaving of(shoal_stop_reason reason) const {
    if (is_stopping) return stop_message_due ? Leaving::later : Leaving::ends;
    return has_stop_message && reason == SHOAL_STOP_REASON_PASSIVATED ? Leaving::stop_message : Leaving::ends;
  }
  // What its last turn is told.
  shoal_stop_reason reason_of_end(shoal_stop_reason reason) const {
    return is_stopping ? shoal_stop_reason{SHOAL_STOP_REASON_PASSIVATED} : reason;
  }
};

}  // namespace shoal::lanes
