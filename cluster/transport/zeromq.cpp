#include "cluster/transport/zeromq.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <zmq.hpp>

#include "shoal/base/assert.hpp"

namespace shoal::transport {

namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr const char* kZapDomain = "shoal";
constexpr const char* kZapVersion = "1.0";
// The header keeps this option among its drafts; the library has it in every build.
constexpr int kZapEnforceDomain = 93;

constexpr int kFramesMax = 8;                 // of one connection, on each side
constexpr int kGreetingBytesMax = 64 * 1024;  // what who connects takes
constexpr int kHeartbeatIntervalMs = 5'000;
constexpr int kHeartbeatTimeoutMs = 10'000;
constexpr int kHeartbeatTtlMs = 20'000;
constexpr int kKeepaliveIdleS = 30;
constexpr int kKeepaliveIntervalS = 10;
constexpr int kKeepaliveProbes = 3;
constexpr int kSendBufferBytes = 256 * 1024;

constexpr int kMonitoredEvents = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

void set_bounds(zmq::socket_t& socket, const SocketBounds& bounds) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::ipv6, true);
  socket.set(zmq::sockopt::sndhwm, kFramesMax);
  socket.set(zmq::sockopt::rcvhwm, kFramesMax);
  socket.set(zmq::sockopt::sndbuf, kSendBufferBytes);
  socket.set(zmq::sockopt::handshake_ivl, static_cast<int>(bounds.handshake_ms));
  socket.set(zmq::sockopt::connect_timeout, static_cast<int>(bounds.connect_ms));
  socket.set(zmq::sockopt::tcp_maxrt, static_cast<int>(bounds.unacknowledged_ms_max));
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, kKeepaliveIdleS);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, kKeepaliveIntervalS);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, kKeepaliveProbes);
}

template <class Key>
zmq::const_buffer buffer_of(const Key& key) {
  return zmq::buffer(key.bytes.data(), key.bytes.size());
}

Error no_room(const zmq::error_t& failed) {
  return error(ErrorCode::unavailable, std::string("no socket can be made (") + failed.what() +
                                           "): raise the limit of open files, as with ulimit -n");
}

}  // namespace

class Socket::Implementation {
 public:
  Implementation(zmq::context_t& context, zmq::socket_type type)
      : context_(context), socket_(context, type) {}
  ~Implementation() {
    // Before the socket goes: what it would still say is read by nobody.
    if (is_monitored_) ::zmq_socket_monitor(socket_.handle(), nullptr, 0);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  zmq::context_t& context_;
  zmq::socket_t socket_;
  bool is_monitored_ = false;
};

Socket::Socket(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;
Socket::~Socket() = default;

void Socket::close() { implementation_.reset(); }

Result<std::string> Socket::bind(const std::string& endpoint) {
  try {
    implementation_->socket_.bind(endpoint);
    return implementation_->socket_.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& failed) {
    return error(ErrorCode::unavailable, endpoint + " cannot be bound: " + failed.what());
  }
}

Result<void> Socket::connect(const std::string& endpoint) {
  try {
    implementation_->socket_.connect(endpoint);
    return success();
  } catch (const zmq::error_t& failed) {
    return error(ErrorCode::invalid_argument, endpoint + " is no address: " + failed.what());
  }
}

void Socket::set_linger(std::int64_t linger_ms) {
  implementation_->socket_.set(zmq::sockopt::linger, static_cast<int>(linger_ms));
}

int Socket::fd() const { return implementation_->socket_.get(zmq::sockopt::fd); }

Socket::Ready Socket::ready() const {
  const int events = implementation_->socket_.get(zmq::sockopt::events);
  return {(events & ZMQ_POLLIN) != 0, (events & ZMQ_POLLOUT) != 0};
}

bool Socket::send(std::span<const std::string_view> pieces, More more) {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  zmq::message_t message(bytes);
  char* at = message.data<char>();
  for (const std::string_view piece : pieces) {
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  try {
    const auto flags =
        more == More::yes ? zmq::send_flags::dontwait | zmq::send_flags::sndmore : zmq::send_flags::dontwait;
    return implementation_->socket_.send(message, flags).has_value();
  } catch (const zmq::error_t& failed) {
    SHOAL_ASSERT(failed.num() == EHOSTUNREACH || failed.num() == EINTR);
    return false;
  }
}

bool Socket::receive(Parts& message, std::size_t parts_max) {
  zmq::message_t part;
  std::size_t count = 0;
  do {
    try {
      if (!implementation_->socket_.recv(part, zmq::recv_flags::dontwait)) return false;
    } catch (const zmq::error_t& failed) {
      SHOAL_ASSERT(failed.num() == EINTR);
      return false;
    }
    if (++count > parts_max) continue;  // to its end, so that the next message begins with its first part
    if (message.parts.size() < count) message.parts.emplace_back();
    message.parts[count - 1].assign(part.data<char>(), part.size());
  } while (part.more());
  message.parts.resize(count > parts_max ? 0 : count);
  const char* user = ::zmq_msg_gets(part.handle(), "User-Id");
  message.user.assign(user == nullptr ? "" : user);
  return true;
}

Result<Socket> Socket::monitor() {
  static std::atomic<std::uint64_t> number{0};
  const std::string endpoint = "inproc://shoal-monitor-" + std::to_string(number.fetch_add(1));
  try {
    if (::zmq_socket_monitor(implementation_->socket_.handle(), endpoint.c_str(), kMonitoredEvents) != 0) {
      throw zmq::error_t();
    }
    implementation_->is_monitored_ = true;
    auto made = std::make_unique<Implementation>(implementation_->context_, zmq::socket_type::pair);
    // With a bound the library's thread would wait for room.
    made->socket_.set(zmq::sockopt::rcvhwm, 0);
    made->socket_.set(zmq::sockopt::linger, 0);
    made->socket_.connect(endpoint);
    return Socket(std::move(made));
  } catch (const zmq::error_t& failed) {
    return no_room(failed);
  }
}

ConnectionEvent connection_event(const Parts& message) {
  std::uint16_t event = 0;
  SHOAL_ASSERT(!message.parts.empty() && message.parts[0].size() >= sizeof event);
  std::memcpy(&event, message.parts[0].data(), sizeof event);
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return ConnectionEvent::refused;
  const bool failed =
      event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
  return failed ? ConnectionEvent::handshake_failed : ConnectionEvent::ended;
}

struct ZeroMq::Context {
  zmq::context_t context;
};

ZeroMq::ZeroMq(std::size_t sockets_max) : context_(std::make_unique<Context>()) {
  context_->context.set(zmq::ctxopt::max_sockets, static_cast<int>(sockets_max));
}

ZeroMq::~ZeroMq() = default;

Socket ZeroMq::listener(const SocketBounds& bounds, const KeyPair* own) {
  auto made = std::make_unique<Socket::Implementation>(context_->context, zmq::socket_type::router);
  zmq::socket_t& socket = made->socket_;
  set_bounds(socket, bounds);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(bounds.frame_bytes_max));
  socket.set(zmq::sockopt::router_mandatory, true);
  socket.set(zmq::sockopt::router_handover, false);
  if (own != nullptr) {
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, buffer_of(own->secret_key));
    socket.set(zmq::sockopt::zap_domain, kZapDomain);
    const int enforce = 1;
    const int set = ::zmq_setsockopt(socket.handle(), kZapEnforceDomain, &enforce, sizeof enforce);
    SHOAL_ASSERT(set == 0);
  }
  return Socket(std::move(made));
}

Result<Socket> ZeroMq::connector(const SocketBounds& bounds, const KeyPair* own, const PublicKey* other) {
  std::unique_ptr<Socket::Implementation> made;
  try {
    made = std::make_unique<Socket::Implementation>(context_->context, zmq::socket_type::dealer);
  } catch (const zmq::error_t& failed) {
    return no_room(failed);
  }
  zmq::socket_t& socket = made->socket_;
  set_bounds(socket, bounds);
  socket.set(zmq::sockopt::maxmsgsize, std::int64_t{kGreetingBytesMax});
  socket.set(zmq::sockopt::reconnect_ivl, -1);
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatIntervalMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::heartbeat_ttl, kHeartbeatTtlMs);
  if (own != nullptr) {
    SHOAL_ASSERT(other != nullptr);
    socket.set(zmq::sockopt::curve_publickey, buffer_of(own->public_key));
    socket.set(zmq::sockopt::curve_secretkey, buffer_of(own->secret_key));
    socket.set(zmq::sockopt::curve_serverkey, buffer_of(*other));
  }
  return Socket(std::move(made));
}

Socket ZeroMq::authenticator() {
  auto made = std::make_unique<Socket::Implementation>(context_->context, zmq::socket_type::rep);
  made->socket_.set(zmq::sockopt::linger, 0);
  made->socket_.bind(kZapEndpoint);
  return Socket(std::move(made));
}

bool receive_question(Socket& authenticator, KeyQuestion& question) {
  // Version, request, domain, address, identity, mechanism, key.
  constexpr std::size_t parts_count = 7;
  Parts message;
  if (!authenticator.receive(message, parts_count)) return false;
  question = {};
  if (message.parts.size() > 1) question.request = message.parts[1];
  const bool is_question = message.parts.size() == parts_count && message.parts[0] == kZapVersion &&
                           message.parts[2] == kZapDomain && message.parts[5] == "CURVE" &&
                           message.parts[6].size() == key_bytes;
  if (!is_question) {
    answer(authenticator, question, "");
    return false;
  }
  question.from = message.parts[3];
  std::memcpy(question.key.bytes.data(), message.parts[6].data(), key_bytes);
  return true;
}

void answer(Socket& authenticator, const KeyQuestion& question, std::string_view user) {
  const bool allowed = !user.empty();
  const std::array<std::string_view, 6> parts = {
      kZapVersion, question.request, allowed ? "200" : "400", allowed ? "" : "no key of ours", user, ""};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    authenticator.send(std::span(&parts[i], 1), last ? Socket::More::no : Socket::More::yes);
  }
}

}  // namespace shoal::transport
