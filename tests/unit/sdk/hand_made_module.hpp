#pragma once
// A module written against the ABI's C tables by hand, so that tests can break each rule.

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"

namespace shoal::tests {

// Every test starts from sound tables and spoils one thing. The behaviour is `on_receive`.
struct HandMadeModule {
  HandMadeModule();
  HandMadeModule(const HandMadeModule&) = delete;
  HandMadeModule& operator=(const HandMadeModule&) = delete;

  shoal_message_type message{};
  shoal_event_type event{};
  shoal_entity_type type{};
  shoal_entity_factory factory{};
  shoal_module module{};
};

using Behaviour = shoal_status (*)(const shoal_turn* turn, shoal_bytes body);
extern Behaviour on_receive;
extern Behaviour on_construct;
extern Behaviour on_timer;
extern Behaviour on_stop;
extern HandMadeModule* current;

}  // namespace shoal::tests
