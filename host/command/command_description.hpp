#pragma once
// The command line as the completion scripts take it: read from CLI11's tree.

#include <CLI/App.hpp>

#include "host/command/completion.hpp"

namespace shoal::command {

// The form of an option that takes a key of the configuration.
inline constexpr const char* config_key_form = "KEY";

CommandDescription description_of(const CLI::App& command);

}  // namespace shoal::command
