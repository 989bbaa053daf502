#pragma once
// The documents of /v1/status and /v1/modules as JSON text. Pure.

#include <string>
#include <vector>

#include "host/management/host_api.hpp"

namespace shoal::management {

// Members may be added; those that are there keep their name and meaning. An unknown number is null.
std::string status_json(const Status& status);

std::string module_json(const ModuleInfo& module);

// {"modules": […]}
std::string modules_json(const std::vector<ModuleInfo>& modules);

}  // namespace shoal::management
