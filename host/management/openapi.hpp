#pragma once
// The description of the management port in OpenAPI 3.1: openapi.json of this folder, as it was built in.

#include <string_view>

namespace shoal::management {

std::string_view openapi_page();

}  // namespace shoal::management
