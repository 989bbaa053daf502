#pragma once
// The management HTTP server: one thread [management], loopback only.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "host/management/host_api.hpp"
#include "shoal/base/result.hpp"

namespace shoal::management {

struct ServerOptions {
  std::string address = "127.0.0.1";  // a loopback address, IPv4 or IPv6; anything else is refused
  std::uint16_t port = 8558;          // 0: any free port
  std::size_t connections_max = 256;  // more wait in the kernel's accept queue until one ends
  std::chrono::milliseconds request_timeout{
      10'000};  // from a request's first byte to its last, and for a response
  std::chrono::milliseconds idle_timeout{60'000};    // a kept connection without a request
  std::chrono::milliseconds answer_timeout{30'000};  // for the host to answer what has no deadline of its own
  std::chrono::milliseconds stop_grace{1'000};       // for open requests when the server stops
};

// Binds in `start`, answers until `stop` (or the destructor). `stop` closes the listener, lets open requests
// end within `stop_grace`, closes the rest and joins the thread; it may be called twice, from any thread but
// [management]. The host outlives the server. A host's callback that comes later than that is harmless.
class Server {
 public:
  // ErrorCode::invalid_argument: the address is no loopback address. ErrorCode::already_exists: the port is
  // taken.
  static Result<Server> start(ServerOptions options, HostApi& host);

  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  std::uint16_t port() const;  // the bound one [any-thread]
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::management
