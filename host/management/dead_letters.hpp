#pragma once
// The document that answers a request for dead letters. Pure.

#include <string>

#include "host/management/host_api.hpp"

namespace shoal::management {

// {"dead_letters": […], "last", "missed"}. Ids are percent-encoded.
std::string dead_letters_json(const DeadLetterPage& page);

}  // namespace shoal::management
