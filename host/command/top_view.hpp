#pragma once
// The page of `shoal top`: a host's status and what has changed since the last look. Pure.

#include <nlohmann/json.hpp>
#include <string>

namespace shoal::command {

// The page of two documents of GET /v1/status that are `seconds` apart. Rates are "-" where there is no
// document before (null), where an element is new, and where a counter has gone down: the host has started
// anew.
std::string top_page(const nlohmann::ordered_json& before, const nlohmann::ordered_json& now, double seconds);

}  // namespace shoal::command
