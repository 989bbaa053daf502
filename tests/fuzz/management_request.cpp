// A request to the management port behind the HTTP parser: `METHOD TARGET`, lines `name: value`, an empty
// line, the body.
#include <functional>
#include <string>

#include "host/management/routes.hpp"
#include "shoal/abi/entity.h"
#include "target.hpp"
#include "tests/unit/host/management/fake_host.hpp"

namespace shoal::fuzz {
namespace {

using management::Request;
using management::Response;

void set_header(Request& request, std::string_view name, std::string_view value) {
  const std::string text{value};
  if (name == "host") request.host = text;
  if (name == "origin") request.origin = text;
  if (name == "content-type") request.content_type = text;
  if (name == "traceparent") request.traceparent = text;
}

Request read_request(std::string_view input) {
  Request request;
  const std::string_view first = take_line(input);
  const std::size_t blank = first.find(' ');
  request.method = first.substr(0, blank);
  if (blank != std::string_view::npos) request.target = first.substr(blank + 1);
  for (std::string_view line = take_line(input); !line.empty(); line = take_line(input)) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) set_header(request, line.substr(0, colon), line.substr(colon + 2));
  }
  request.body = input;
  return request;
}

void check(const Response& response) {
  require(response.status >= 200 && response.status < 600, "a response has a status");
  require(response.body.empty() == response.content_type.empty(), "a body has a type");
  if (!response.content_type.starts_with("application/")) return;
  require(is_json(response.body), "what is said to be JSON is JSON");
  if (response.content_type != "application/problem+json") return;
  const std::string named = "\"status\":" + std::to_string(response.status);
  require(response.body.find(named) != std::string::npos, "a problem names its status");
}

void check_asked(const management::FakeHost& host) {
  for (const auto* messages : {&host.asked, &host.told}) {
    for (const management::EntityMessage& message : *messages) {
      require(!message.id.empty() && message.id.size() <= SHOAL_ENTITY_ID_BYTES_MAX, "an id has its size");
      require(!message.message.empty(), "a message has a name");
      require(message.body.empty() || is_json(message.body), "a body is JSON");
      require(message.timeout_ms <= 86'400'000, "a deadline is within a day");
    }
  }
}

}  // namespace

void run(std::string_view input) {
  management::FakeHost host;
  host.list_result = std::vector<std::string>{"plain", std::string("\0\xff%", 3)};
  management::Routes routes(host, {});
  const Request request = read_request(input);
  int delivered = 0;
  const auto handling = routes.handle(request, [&](const std::function<Response()>& make) {
    ++delivered;
    check(make());
  });
  require(delivered == (handling.response ? 0 : 1), "a request is answered once");
  if (handling.response) check(*handling.response);
  check_asked(host);
  check(management::deadline_response(request.target));
}

}  // namespace shoal::fuzz
