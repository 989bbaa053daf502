#pragma once
// What [[sources]] must agree on, each within itself and with the others. Pure.

#include <vector>

#include "host/config/config.hpp"
#include "host/config/consistency.hpp"

namespace shoal::config {

void check_sources(const std::vector<Source>& sources, const Places& places, std::vector<Problem>& problems);

// Whether both read one partition of a topic that both read.
bool share_a_partition(const Source& one, const Source& other);

}  // namespace shoal::config
