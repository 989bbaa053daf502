#pragma once
// The exit codes of every `shoal` command.

#include "shoal/base/result.hpp"

namespace shoal::command {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_unhealthy = 10,
  exit_unreachable = 69,
  exit_bad_config = 78,
};

inline ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unreachable:
      return exit_unreachable;
    case ErrorCode::bad_config:
      return exit_bad_config;
    default:
      return exit_failed;
  }
}

}  // namespace shoal::command
