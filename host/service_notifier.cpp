#include "host/service_notifier.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace shoal::host {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Half of the time after which the service manager gives the process up.
std::optional<std::chrono::microseconds> watchdog_interval(const ServiceNotifier::Options& options) {
  if (!options.watchdog_pid.empty() && options.watchdog_pid != std::to_string(::getpid()))
    return std::nullopt;
  std::int64_t microseconds = 0;
  const char* const end = options.watchdog_usec.data() + options.watchdog_usec.size();
  const auto [read_end, failure] = std::from_chars(options.watchdog_usec.data(), end, microseconds);
  if (failure != std::errc() || read_end != end || microseconds <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

std::string why() { return std::generic_category().message(errno); }

}  // namespace

ServiceNotifier::Options ServiceNotifier::options_of_environment() {
  return {variable("NOTIFY_SOCKET"), variable("WATCHDOG_USEC"), variable("WATCHDOG_PID")};
}

ServiceNotifier::ServiceNotifier(const Options& options) : watchdog_interval_(watchdog_interval(options)) {
  if (options.socket.empty()) return;
  if (const auto opened = open(options.socket); !opened) {
    spdlog::warn("NOTIFY_SOCKET is {}, but {}: the service manager is told nothing", options.socket,
                 opened.error().message);
  }
}

ServiceNotifier::~ServiceNotifier() {
  if (socket_ >= 0) ::close(socket_);
}

Result<void> ServiceNotifier::open(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_abstract = name.front() == '@';
  if (!is_abstract && name.front() != '/') {
    return error(ErrorCode::invalid_argument, "it is neither an absolute path nor an @ and a name");
  }
  // A path ends with a NUL, an abstract name with the address.
  if (name.size() + (is_abstract ? 0 : 1) > sizeof(address.sun_path)) {
    return error(ErrorCode::invalid_argument, "it is longer than a socket's name may be");
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  if (is_abstract) address.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return error(ErrorCode::failed, "no socket could be made: " + why());
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) != 0) {
    const std::string reason = why();
    ::close(made);
    return error(ErrorCode::unreachable, "it could not be connected to: " + reason);
  }
  socket_ = made;
  return success();
}

bool ServiceNotifier::send(std::string_view text) {
  const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(text.size())) return true;
  if (!warned_) spdlog::warn("the service manager does not take {}: {}; it is tried again", text, why());
  warned_ = true;
  return false;
}

void ServiceNotifier::look(Clock::time_point now, const std::function<bool()>& is_ready) {
  if (socket_ < 0) return;
  if (!said_ready_ && !stopping_ && is_ready()) said_ready_ = send("READY=1");
  if (!watchdog_interval_ || now < watchdog_due_) return;
  if (send("WATCHDOG=1")) watchdog_due_ = now + *watchdog_interval_;
}

void ServiceNotifier::stopping() {
  stopping_ = true;
  if (socket_ >= 0) send("STOPPING=1");
}

}  // namespace shoal::host
