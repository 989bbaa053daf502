#pragma once
// The configuration as the commands read it. [main]

#include "host/command/perform.hpp"
#include "host/config/loader.hpp"

namespace shoal::command {

// File, environment and --set, checked whole, librdkafka's keys included. The error is bad_config, one line
// for each problem.
Result<config::Loaded> load_configuration(const ConfigSource& source, const Process& process);

}  // namespace shoal::command
