#pragma once
// What calls come to, and the exceptions of the SDK. No exception leaves a module: at its edge each becomes a
// status, and its text the reason of the failed turn.

#include <stdexcept>
#include <string>
#include <string_view>

#include "shoal/abi/base.h"

namespace shoal {

// The ABI's statuses.
enum class Status : shoal_status {
  ok = SHOAL_STATUS_OK,
  failed = SHOAL_STATUS_FAILED,
  unsupported = SHOAL_STATUS_UNSUPPORTED,
  invalid_argument = SHOAL_STATUS_INVALID_ARGUMENT,
  wrong_phase = SHOAL_STATUS_WRONG_PHASE,
  too_large = SHOAL_STATUS_TOO_LARGE,
  not_found = SHOAL_STATUS_NOT_FOUND,
  undecodable = SHOAL_STATUS_UNDECODABLE,
  dead_letter = SHOAL_STATUS_DEAD_LETTER,
  overloaded = SHOAL_STATUS_OVERLOADED,
  deadline = SHOAL_STATUS_DEADLINE,
  not_active = SHOAL_STATUS_NOT_ACTIVE,
  out_of_memory = SHOAL_STATUS_OUT_OF_MEMORY,
};

constexpr std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::failed:
      return "failed";
    case Status::unsupported:
      return "this host cannot serve the call yet";
    case Status::invalid_argument:
      return "an argument is out of its range";
    case Status::wrong_phase:
      return "the call is not legal in this phase of the entity's life";
    case Status::too_large:
      return "too large";
    case Status::not_found:
      return "not found";
    case Status::undecodable:
      return "undecodable";
    case Status::dead_letter:
      return "refused as a dead letter";
    case Status::overloaded:
      return "overloaded";
    case Status::deadline:
      return "the deadline passed";
    case Status::not_active:
      return "the entity is not active";
    case Status::out_of_memory:
      return "out of memory";
  }
  return "unknown status";
}

// An effect was refused by the host. Not caught, it fails the turn; caught, the turn goes on without the
// effect.
class EffectError : public std::runtime_error {
 public:
  // `effect` is the effect and what it was about, for example: emit to sink 'alerts'.
  EffectError(Status status, std::string_view effect)
      : std::runtime_error(std::string(effect) + ": " + std::string(to_string(status))), status_(status) {}

  Status status() const { return status_; }

 private:
  Status status_;
};

// Bytes are not what their codec and type expect. The text names the field and the position.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A value cannot be written by its codec. The text names the field.
class EncodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A configuration value is not what the module expects. The text names the key.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace shoal
