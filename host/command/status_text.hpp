#pragma once
// A host's status for people. Pure.

#include <nlohmann/json.hpp>
#include <string>

namespace shoal::command {

// What GET /v1/status says about readiness; anything but true is not ready.
bool is_ready(const nlohmann::ordered_json& status);

// Of the same document: which host it is, and why it is not ready.
std::string headline_text(const nlohmann::ordered_json& status);

// The document of GET /v1/status as a headline and tables. A member that is missing or null shows as "-".
std::string status_text(const nlohmann::ordered_json& status);

// The document of GET /v1/modules as a table.
std::string modules_text(const nlohmann::ordered_json& modules);

}  // namespace shoal::command
