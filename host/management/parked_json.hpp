#pragma once
// The document of /v1/parked as JSON text. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "host/management/host_api.hpp"

namespace shoal::management {

// {"type", "parked": […], "truncated"}: the first `count_max` entities, and whether there are more.
std::string parked_json(const std::string& type, const std::vector<ParkedEntity>& entities,
                        std::size_t count_max);

}  // namespace shoal::management
