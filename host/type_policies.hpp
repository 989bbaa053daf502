#pragma once
// How the entities of a type live, as the configuration says. Pure.

#include <cstdint>

#include "host/config/config.hpp"
#include "host/lanes/type_policy.hpp"
#include "host/modules/entity_type.hpp"
#include "shoal/base/result.hpp"

namespace shoal::host {

// How many may be active is not in it: that may change. bad_config: the type has no such stop message,
// or the bounds of the pause contradict one another.
Result<lanes::TypePolicy> type_policy(const config::Config& config, const modules::EntityType& type);

}  // namespace shoal::host
