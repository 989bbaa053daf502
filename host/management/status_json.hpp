#pragma once
// The documents of /v1/status and /v1/modules as JSON text. Pure.

#include <string>
#include <vector>

#include "host/management/host_api.hpp"

namespace shoal::management {

// Members may be added; those that are there keep their name and meaning. An unknown number is null.
std::string status_json(const Status& status);

// What counts for a type after a change.
std::string type_json(const std::string& type, const TypeChange& change);

std::string module_json(const ModuleInfo& module);

// {"modules": […]}
std::string modules_json(const std::vector<ModuleInfo>& modules);

}  // namespace shoal::management
