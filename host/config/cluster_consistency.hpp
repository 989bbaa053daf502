#pragma once
// What the keys of [cluster] must agree on. Pure.

#include <vector>

#include "host/config/config.hpp"
#include "host/config/value.hpp"

namespace shoal::config {

void check_cluster(const Cluster& cluster, std::vector<Problem>& problems);

}  // namespace shoal::config
