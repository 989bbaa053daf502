#pragma once
// The composition root of a host: makes the parts, starts them, waits, and stops them in reverse order.

#include "host/config/config.hpp"

namespace shoal::host {

// Runs a host until it is told to stop. Exit codes: 0 after a complete drain, 1 where the host could not
// start or the stop was forced by a second signal or the end of the grace period. [control]
int run(const config::Config& config);

}  // namespace shoal::host
