#pragma once
// The document of an entity's history. Pure, but for the records, which are written down now.

#include <string>

#include "host/management/host_api.hpp"

namespace shoal::management {

// {"type", "id", "records": […], "next"}. The id is percent-encoded.
std::string history_json(const std::string& type, const std::string& id, const EntityHistory& history);

}  // namespace shoal::management
