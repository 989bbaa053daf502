#pragma once
// The arguments of `shoal` read into a request. The only place that knows the command line library.

#include <string>
#include <variant>

#include "host/command/request.hpp"

namespace shoal::command {

// The command line was its own answer: help, the version or a usage error, already written.
struct Finished {
  int exit_code = 0;
};

// Help and version go to stdout, usage errors to stderr as `shoal: …` with exit code 2.
std::variant<Request, Finished> read_command_line(int argument_count, const char* const* arguments);

}  // namespace shoal::command
