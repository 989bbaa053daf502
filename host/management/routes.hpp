#pragma once
// The routes of the management port: from a request to calls of the host and to a response. No socket, clock
// or thread in here; README.md describes every route.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/management/host_api.hpp"

namespace shoal::management {

// What the routes need of an HTTP request. A header that is absent is empty; `host` also where it came twice.
struct Request {
  std::string method;
  std::string target;  // as sent: origin or absolute form
  std::optional<std::string> host;
  std::optional<std::string> origin;
  std::optional<std::string> content_type;
  std::optional<std::string> traceparent;
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::string content_type;  // empty: no body
  std::string allow;         // of 405
  std::string body;
  // Not empty: the body comes piece by piece, for as long as the client stays. Gives what is there now, an
  // empty text where there is nothing, and nothing at the end.
  std::function<std::optional<std::string>()> next = {};
};

// Hands the making of a response over to the management thread. Copyable; called at most once for a request,
// from any thread. It exists so that a lane which answers does not also write JSON.
using Deliver = std::function<void(std::function<Response()>)>;

// Either a response, or the promise that `deliver` is called; after `timeout` the request is answered with
// 504.
struct Handling {
  std::optional<Response> response;
  std::chrono::milliseconds timeout{0};
};

struct RouteOptions {
  std::uint16_t port = 0;                            // the bound one, which `Host` must name
  std::chrono::milliseconds answer_timeout{30'000};  // where the request has no deadline of its own
};

// Owned by the server, which outlives no host. [management]
class Routes {
 public:
  Routes(HostApi& host, RouteOptions options) : host_(host), options_(options) {}

  // `deliver` may be empty: there is no room for another call of the host, and what needs one is answered
  // with 503.
  Handling handle(const Request& request, const Deliver& deliver);

  // Method and path of every route, a variable segment in braces: "GET /v1/entities/{type}". HEAD goes where
  // GET goes and is left out.
  static std::vector<std::string> list();

 private:
  struct Call;
  struct Route;

  static std::span<const Route> table();
  Handling dispatch(const Call& call);
  Handling livez(const Call& call);
  Handling readyz(const Call& call);
  Handling metrics(const Call& call);
  Handling openapi(const Call& call);
  Handling status(const Call& call);
  Handling modules(const Call& call);
  Handling load_module(const Call& call);
  Handling list_entities(const Call& call);
  Handling describe_entity(const Call& call);
  Handling entity_history(const Call& call);
  Handling ask_or_tell(const Call& call);
  Handling list_parked(const Call& call);
  Handling unpark_entity(const Call& call);
  Handling change_type(const Call& call);
  Handling dead_letters(const Call& call);

  // cluster_routes.cpp
  Handling cluster(const Call& call);
  Handling cluster_events(const Call& call);
  Handling explain_member(const Call& call);
  Handling members(const Call& call);
  Handling join(const Call& call);
  Handling member(const Call& call);
  Handling change_member(const Call& call);
  Handling domain_events(const Call& call);

  HostApi& host_;
  RouteOptions options_;
};

// The response to a request whose deadline passed before the host answered.
Response deadline_response(const std::string& target);

}  // namespace shoal::management
