#pragma once
// ServiceNotifier: tells the service manager that started this process how it is: ready, stopping, alive.
//
// The protocol is sd_notify's (man 3 sd_notify): lines of NAME=VALUE as one datagram to the Unix socket that
// NOTIFY_SOCKET names, a path or, behind an '@', an abstract name. Without NOTIFY_SOCKET it does nothing. A
// message that cannot be sent is tried again at the next look; the first one is logged. [control]

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::host {

class ServiceNotifier {
 public:
  using Clock = std::chrono::steady_clock;

  // Values of the environment; empty where a variable is unset.
  struct Options {
    std::string socket;         // NOTIFY_SOCKET
    std::string watchdog_usec;  // WATCHDOG_USEC: silence of so many µs ends the process
    std::string watchdog_pid;   // WATCHDOG_PID: whom that concerns; empty: whoever reads it
  };
  static Options options_of_environment();

  explicit ServiceNotifier(const Options& options);
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  // To be called again and again: says READY=1 once, when `is_ready` first holds, and WATCHDOG=1 at half of
  // the watchdog's time. `is_ready` is not asked any more after that, nor where nobody listens.
  void look(Clock::time_point now, const std::function<bool()>& is_ready);

  // Says STOPPING=1. `look` goes on to say WATCHDOG=1.
  void stopping();

 private:
  Result<void> open(const std::string& name);
  bool send(std::string_view text);

  int socket_ = -1;  // connected; -1: nobody listens
  std::optional<std::chrono::microseconds> watchdog_interval_;
  Clock::time_point watchdog_due_{};
  bool said_ready_ = false;
  bool stopping_ = false;
  bool warned_ = false;
};

}  // namespace shoal::host
