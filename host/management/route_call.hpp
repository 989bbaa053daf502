#pragma once
// What the handlers of the routes share: the call they answer, and the forms of their answers. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/management/routes.hpp"

namespace shoal::management {

struct Target {
  std::vector<std::string_view> segments;  // still percent-encoded
  std::string_view query;
};

// One request on its way through its handler. Views live as long as the request.
struct Routes::Call {
  const Request& request;
  const Deliver& deliver;
  Target target;
  std::string type;  // of a path that names one
  std::string id;    // likewise

  Handling refuse(const Error& cause) const;
  Handling no_room() const;
};

Response json_response(unsigned status, std::string body);
Response text_response(unsigned status, std::string body);

Handling answer(Response response);
Handling wait_for(std::chrono::milliseconds timeout);

// The value of the one parameter a route takes; nothing where the query is empty. Any other parameter is
// refused.
Result<std::optional<std::string>> query_value(std::string_view query, std::string_view name);

}  // namespace shoal::management
