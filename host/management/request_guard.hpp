#pragma once
// Who may call the management port: requests that no web page can be tricked into sending. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/management/routes.hpp"

namespace shoal::management {

// True where `host` ("name[:port]") is `localhost`, an address in 127.0.0.0/8 or `[::1]`, with our port
// (which may be left out where it is 80).
bool names_us(std::string_view host, std::uint16_t port);

// The refusal of a request with a foreign or missing Host.
std::optional<Response> refuse_foreign_host(const Request& request, std::uint16_t port);

// The refusal of a POST, PUT or DELETE that names an Origin, of a POST that is not application/json, and of a
// PUT that is neither that nor a form. Browsers ask before they send a PUT elsewhere, so that a form is safe
// there.
std::optional<Response> refuse_unsafe(const Request& request);

// Whether the body is application/x-www-form-urlencoded.
bool is_form(const Request& request);

// The W3C traceparent where it is well formed, else empty: a malformed one is ignored, as its standard wants.
std::string_view valid_traceparent(const Request& request);

}  // namespace shoal::management
