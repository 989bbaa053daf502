#pragma once
// The composition root of a host: makes the parts, starts them, waits, and stops them in reverse order.

#include <functional>

#include "host/config/loader.hpp"

namespace shoal::host {

// Reads the configuration again, from where it was read at start.
using ReadAgain = std::function<Result<config::Loaded>()>;

// Runs a host until it is told to stop, or its cluster has no place for it; on SIGHUP it takes over what
// changes while it runs. Exit codes: 0 after a complete drain; 1 where the host could not start, was downed,
// or the stop was forced by a second signal or the end of the grace period; 78 for a bad configuration, or
// one that the cluster refuses. [control]
int run(config::Loaded loaded, const ReadAgain& read_again);

}  // namespace shoal::host
