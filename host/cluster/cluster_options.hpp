#pragma once
// What the configuration says of a cluster, as a ClusterNode wants it. Reads the key file; pure otherwise.

#include "host/cluster/cluster_node.hpp"
#include "host/config/config.hpp"

namespace shoal::node {

// `settings` are what all members must have alike. Requires: the cluster is on.
Result<ClusterNodeOptions> options_of(const config::Config& config, cluster::Settings settings);

}  // namespace shoal::node
