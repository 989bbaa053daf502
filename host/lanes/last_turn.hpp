#pragma once
// The last call of an entity before its object goes.

#include "host/lanes/turn.hpp"
#include "host/lanes/turn_watch.hpp"
#include "host/modules/entity_type.hpp"

namespace shoal::lanes {

// One that fails loses its own effects only: the entity goes either way. Requires: `turn` has begun, and
// `watch` is inside of it.
inline void run_last_turn(const modules::EntityType& type, void* slot, Turn& turn, shoal_stop_reason reason,
                          TurnWatch& watch) {
  if (type.abi->on_stop == nullptr) return;
  const Turn::Mark before = turn.mark_now();
  turn.enter(SHOAL_PHASE_STOP);
  watch.enter_last();
  if (type.abi->on_stop(type.state, slot, turn.abi(), reason) != SHOAL_STATUS_OK) turn.roll_back_to(before);
}

}  // namespace shoal::lanes
