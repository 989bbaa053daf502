#pragma once
// One HTTP request to a host's management port, synchronous: what the client commands of `shoal` use. Any
// thread; nothing is kept between calls. Bounds: the response's header 16 KiB, its body 64 MiB.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::management {

struct ClientOptions {
  std::string host = "127.0.0.1";  // a name, an IPv4 address or an IPv6 address, with or without brackets
  std::uint16_t port = 8558;
  std::chrono::milliseconds timeout{10'000};  // for the whole call
};

struct HttpReply {
  unsigned status = 0;
  std::string body;
};

// Sends `body` as application/json where the method is POST or PUT. Any status is a reply, also an error's.
// ErrorCode::unreachable: no connection, or it broke; ErrorCode::deadline: the time ran out. Both name
// host:port.
Result<HttpReply> http_call(const ClientOptions& options, std::string_view method, std::string_view target,
                            std::string_view body = {});

}  // namespace shoal::management
