#pragma once
// How commands say what went wrong.

#include <string_view>

#include "host/command/exit_code.hpp"

namespace shoal::command {

// Each line of the message to stderr as `shoal: …`; secrets in URLs are masked.
void report(std::string_view message);

// The same, and the exit code that fits.
ExitCode fail(const Error& error);

}  // namespace shoal::command
