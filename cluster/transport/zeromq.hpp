#pragma once
// ZeroMQ, as this project uses it: the one place that includes the library. No exception and no type of the
// library leaves it. A socket is one thread's at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/transport/keys.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

// What a socket is bounded by, both kinds alike. README.md has the reasons.
struct SocketBounds {
  std::size_t frame_bytes_max = 0;
  std::int64_t handshake_ms = 0;
  std::int64_t connect_ms = 0;
  std::int64_t unacknowledged_ms_max = 0;
};

// What became of a connection.
enum class ConnectionEvent {
  refused,           // the other side does not allow this key
  handshake_failed,  // another protocol, another key, or silence
  ended,             // closed, or never made
};

// A message as it came, in parts. Reused from one to the next.
struct Parts {
  std::vector<std::string> parts;  // empty where there were more than were asked for
  std::string user;                // what the authenticator said of the connection; empty: none was asked
};

class Socket {
 public:
  class Implementation;
  explicit Socket(std::unique_ptr<Implementation> implementation);
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;
  ~Socket();     // closes
  void close();  // what is not sent within the linger time is lost

  // Gives the endpoint as bound, with the port that was free where it was 0.
  Result<std::string> bind(const std::string& endpoint);
  Result<void> connect(const std::string& endpoint);
  void set_linger(std::int64_t linger_ms);

  // Readable when `ready` may have changed. It tells of changes only: whoever waits for it has used the
  // socket until `ready` said that nothing more goes.
  int fd() const;
  struct Ready {
    bool in = false;
    bool out = false;
  };
  Ready ready() const;

  enum class More { no, yes };
  // Sends the pieces as one part. False where it would block, or where the one it is for is gone.
  bool send(std::span<const std::string_view> pieces, More more = More::no);
  // False where there is nothing.
  bool receive(Parts& message, std::size_t parts_max);

  // A socket on which what becomes of this one's connections is received. unavailable: no room for it.
  Result<Socket> monitor();

 private:
  std::unique_ptr<Implementation> implementation_;
};

// What a part of a monitor's message says.
ConnectionEvent connection_event(const Parts& message);

class ZeroMq {
 public:
  explicit ZeroMq(std::size_t sockets_max);
  ~ZeroMq();  // waits until the sockets' linger is over. Requires: all sockets are gone.
  ZeroMq(const ZeroMq&) = delete;
  ZeroMq& operator=(const ZeroMq&) = delete;

  // What others connect to. With a key pair, only those whom the authenticator lets in get through.
  Socket listener(const SocketBounds& bounds, const KeyPair* own);
  // What connects to one other, once. unavailable: no room for it.
  Result<Socket> connector(const SocketBounds& bounds, const KeyPair* own, const PublicKey* other);

  // Asked about each connection to a listener with keys. Made before the listener.
  Socket authenticator();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// A question to the authenticator: the key, where it comes from, and the answer that belongs to it.
struct KeyQuestion {
  PublicKey key;
  std::string from;  // an IP address; empty for ipc
  std::string request;
};
// Takes the next question. False where there is none, or one that cannot be meant for us.
bool receive_question(Socket& authenticator, KeyQuestion& question);
// `user`: how the connection is known from now on; empty: it is refused.
void answer(Socket& authenticator, const KeyQuestion& question, std::string_view user);

}  // namespace shoal::transport
