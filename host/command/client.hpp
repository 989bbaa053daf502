#pragma once
// Calls to a running host. [main]

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "host/command/request.hpp"
#include "shoal/base/result.hpp"

namespace shoal::command {

struct Call {
  std::string_view method;  // "GET", "POST"
  std::string target;
  std::string body;
};

// The body of the host's answer. Errors name the host: unreachable when it could not be reached or did not
// answer in time, failed with the host's own words when it answered with a problem.
Result<std::string> call_host(const Client& client, const Call& call);

// The same for answers that are JSON, with the members in the host's order.
Result<nlohmann::ordered_json> call_host_for_json(const Client& client, const Call& call);

}  // namespace shoal::command
