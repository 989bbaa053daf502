#pragma once
// Peer: the transport thread's part of a link: what waits for an address, and the connection to it.
//
//   unconnected ─ something waits, and its time has come ─► connecting ─ welcome ─► connected
//        ▲                                                      │                       │
//        └── failed: later each time; membership's is stale ────┴── lost, or idle ──────┘
//
// A connection is made once and not made again by ZeroMQ, so that its first message is always the hello and
// what waits here is still in order of priority when it goes.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/changes.hpp"
#include "cluster/transport/counters.hpp"
#include "cluster/transport/directory.hpp"
#include "cluster/transport/hello.hpp"
#include "cluster/transport/link.hpp"
#include "cluster/transport/options.hpp"
#include "cluster/transport/outbox.hpp"
#include "cluster/transport/poller.hpp"
#include "cluster/transport/warnings.hpp"
#include "cluster/transport/zeromq.hpp"

namespace shoal::transport {

// What all peers of a transport use. It outlives them.
struct PeerSurroundings {
  const Options& options;
  SocketBounds bounds;
  ZeroMq& zeromq;
  Poller& poller;
  const Directory& directory;
  const AllowList& allow_list;  // used with keys only
  Tally& tally;
  Warnings& warnings;
  std::vector<Change>& changes;
};

class Peer {
 public:
  static constexpr std::size_t frames_at_once = 32;

  Peer(std::shared_ptr<Link> link, PeerSurroundings& around, std::uint64_t token);
  ~Peer();  // drops what waits
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void put(Batch batch) { outbox_.put(std::move(batch)); }
  // Does what can be done now. True: there is more that can.
  bool serve(std::int64_t now_ms);
  // When to serve it, if nothing else happens.
  std::int64_t wakeup_ms() const;

  // The allow list has changed: true where the other side's key is not on it any more.
  bool is_revoked() const;
  void close(std::int64_t now_ms);
  bool must_linger() const { return connection_ && connection_->welcomed && !outbox_.empty(); }
  void set_linger(std::int64_t linger_ms);

 private:
  struct Connection {
    Socket socket;
    Socket monitor;
    std::optional<PublicKey> key;    // of the other side
    std::optional<Node> welcomed{};  // who is there, once its welcome came
    std::int64_t deadline_ms = 0;    // for the welcome
    std::int64_t used_ms = 0;
  };

  void open(std::int64_t now_ms);
  Result<void> connect(std::int64_t now_ms);
  void hear(std::int64_t now_ms);
  void watch(std::int64_t now_ms);
  void take_greeting(std::string_view frame, std::int64_t now_ms);
  void welcome(const Node& node, std::int64_t now_ms);
  bool send_frame(std::int64_t now_ms);
  void fail(std::int64_t now_ms, const std::string& warning);
  void end(std::int64_t now_ms);
  void disconnect();
  void drop(const std::vector<Batch>& batches, Drop why);

  const std::shared_ptr<Link> link_;
  PeerSurroundings& around_;
  const std::uint64_t token_;
  Outbox outbox_;
  std::vector<Batch> frame_;  // reused
  Parts parts_;               // reused
  std::optional<Connection> connection_;
  std::int64_t retry_ms_ = 0;
  unsigned failures_ = 0;
};

// The ZeroMQ endpoint of a node's address.
std::string endpoint_of(const std::string& address);

}  // namespace shoal::transport
