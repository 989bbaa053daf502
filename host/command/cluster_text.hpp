#pragma once
// A host's answers on its cluster, for people. Pure.

#include <nlohmann/json.hpp>
#include <string>

namespace shoal::command {

// A table of the members of /v1/cluster: who leads, who is oldest, who does not answer.
std::string members_text(const nlohmann::ordered_json& cluster);

// 2026-11-22T12:00:00Z MemberUp host-1 (10.0.0.1:25520)
std::string event_text(const nlohmann::ordered_json& event);

// What is known of a member, what happened to it, and each decision with what it was made from.
std::string explanation_text(const nlohmann::ordered_json& explanation);

// Why a host is not healthy: not up, or members do not agree; empty where it is.
std::string cluster_trouble(const nlohmann::ordered_json& cluster);

}  // namespace shoal::command
