#include "host/management/route_call.hpp"

#include <utility>

#include "host/management/problem.hpp"

namespace shoal::management {

Handling Routes::Call::refuse(const Error& cause) const { return answer(problem(cause, request.target)); }

Handling Routes::Call::no_room() const {
  return refuse(error(ErrorCode::overloaded, "too many calls wait for the host: try again later"));
}

Response json_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

Response text_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

Handling answer(Response response) {
  Handling handling;
  handling.response = std::move(response);
  return handling;
}

Handling wait_for(std::chrono::milliseconds timeout) {
  Handling handling;
  handling.timeout = timeout;
  return handling;
}

Result<std::optional<std::string>> query_value(std::string_view query, std::string_view name) {
  if (query.empty()) return std::optional<std::string>();
  const std::size_t equals = query.find('=');
  const std::string_view given = query.substr(0, equals);
  if (name.empty() || given != name || query.find('&') != std::string_view::npos) {
    return error(ErrorCode::invalid_argument,
                 name.empty() ? "this route takes no query parameter"
                              : "the only query parameter of this route is \"" + std::string(name) + "\"");
  }
  std::string_view value = equals == std::string_view::npos ? std::string_view() : query.substr(equals + 1);
  return std::optional<std::string>(value);
}

}  // namespace shoal::management
