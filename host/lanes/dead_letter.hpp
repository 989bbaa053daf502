#pragma once
// Why a record or message becomes a dead letter. The names are part of the dead-letter headers.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal::lanes {

enum class DeadLetterReason : std::uint8_t {
  none,              // it is no dead letter
  refused_by_admit,  // the module's `admit` said no
  key_missing,       // null or empty key
  key_too_long,      // over 1,024 bytes
  misaligned_key,    // the key hashes to another partition than the record came from
  null_value,        // and the message does not accept null
  construct_failed,  // the entity could not be made
  undecodable,       // the body is not what the message's codec and type expect
  turn_failed,       // the behaviour failed; its entity is gone
  refused_by_turn,   // the behaviour called dead_letter
  parked,            // its entity is parked after too many failures
  not_active,        // only for an active entity, and there is none
  deadline,          // of an ask, passed before the turn
  overloaded,        // no room where it had to go
  repeated,          // its request id is already being worked on
  nobody_waits,      // a reply whose ask has ended
  no_shard,          // its type is not open on the lane
  shard_lost,        // its shard lost its log before it could run
};

inline constexpr std::size_t dead_letter_reasons = 18;

constexpr std::string_view name_of(DeadLetterReason reason) {
  switch (reason) {
    case DeadLetterReason::none:
      return "none";
    case DeadLetterReason::refused_by_admit:
      return "refused_by_admit";
    case DeadLetterReason::key_missing:
      return "key_missing";
    case DeadLetterReason::key_too_long:
      return "key_too_long";
    case DeadLetterReason::misaligned_key:
      return "misaligned_key";
    case DeadLetterReason::null_value:
      return "null_value";
    case DeadLetterReason::construct_failed:
      return "construct_failed";
    case DeadLetterReason::undecodable:
      return "undecodable";
    case DeadLetterReason::turn_failed:
      return "turn_failed";
    case DeadLetterReason::refused_by_turn:
      return "refused_by_turn";
    case DeadLetterReason::parked:
      return "parked";
    case DeadLetterReason::not_active:
      return "not_active";
    case DeadLetterReason::deadline:
      return "deadline";
    case DeadLetterReason::overloaded:
      return "overloaded";
    case DeadLetterReason::repeated:
      return "repeated";
    case DeadLetterReason::nobody_waits:
      return "nobody_waits";
    case DeadLetterReason::no_shard:
      return "no_shard";
    case DeadLetterReason::shard_lost:
      return "shard_lost";
  }
  return "unknown";
}

}  // namespace shoal::lanes
