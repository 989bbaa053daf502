#pragma once
// What all members of a cluster must have alike, of this host. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/message.hpp"
#include "host/config/config.hpp"
#include "host/modules/registry.hpp"

namespace shoal::host {

// How many shards a type has that no source feeds.
std::uint32_t shards_without_source(const config::Config& config, std::string_view type);

// What types.NAME.durability says.
std::string durability_of(const config::Config& config, std::string_view type);
bool has_durable_types(const config::Config& config);

// The partitioner; of every type of the modules its shards, its durability and the ABI of its module.
cluster::Settings cluster_settings(const config::Config& config,
                                   const std::vector<modules::ModuleInfo>& modules);

}  // namespace shoal::host
