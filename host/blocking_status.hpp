#pragma once
// What the threads of a type do whose turns may block, for status, readiness and the end of the host. Any
// thread.

#include <optional>
#include <string>
#include <vector>

#include "host/management/host_api.hpp"
#include "host/type_directory.hpp"

namespace shoal::host {

// None for a type whose turns may not block.
std::optional<management::BlockingStatus> blocking_status(const OpenType& type);

// Why no turn of the type can begin; empty where one can.
std::string blocking_trouble(const OpenType& type);

// The entities whose turns run now, as they are written in paths.
std::vector<std::string> running_entities(const OpenType& type);

}  // namespace shoal::host
