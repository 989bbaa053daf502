#pragma once
// The functions behind shoal_effects: each checks phase and arguments, and keeps what it was given as data.

#include <cstdint>

#include "host/lanes/turn.hpp"
#include "shoal/abi/phases.h"

namespace shoal::lanes {

const shoal_effects& turn_effects();

inline constexpr std::size_t body_bytes_max = 1024 * 1024;
inline constexpr std::size_t events_bytes_max = 1024 * 1024;  // of one turn, with its reminders
inline constexpr std::size_t continuation_bytes_max = 64 * 1024;

// Whether the effect may be called in the turn's phase.
inline bool legal(const shoal_turn* turn, shoal_effect effect) {
  return (shoal_effect_phases(effect) & SHOAL_PHASE_BIT(turn->phase)) != 0;
}

// The W3C traceparent of the turn's message or record; null bytes where there is none.
shoal_bytes traceparent_of(const shoal_turn* turn, std::string_view of_message);

// Effects that send messages and replies: message_effects.cpp.
struct MessageEffects {
  static shoal_status reply(const shoal_turn* turn, const shoal_reply* reply);
  static shoal_status reply_token(const shoal_turn* turn, shoal_reply_token* token);
  static shoal_status reply_to(const shoal_turn* turn, const shoal_reply_token* token,
                               const shoal_reply* reply);
  static shoal_status tell(const shoal_turn* turn, const shoal_message* message);
  static shoal_status ask(const shoal_turn* turn, const shoal_message* message,
                          const shoal_continuation* continuation);
  static shoal_status forward(const shoal_turn* turn, const shoal_message* message);
  static void send_reply(Turn& turn, const shoal_reply& reply);

 private:
  static Turn& of(const shoal_turn* turn) { return *static_cast<Turn*>(turn->state); }
  // Fills `parts` with where the message goes and what it carries.
  // `flags` are those that the effect takes.
  static shoal_status address(const shoal_turn* turn, const shoal_message* message, EnvelopeParts& parts,
                              std::uint32_t flags = SHOAL_MESSAGE_ONLY_IF_ACTIVE);
  static shoal_status send(Turn& turn, EnvelopeParts parts);
};

}  // namespace shoal::lanes
