#pragma once
// Transport: carries messages between the nodes of a cluster. README.md of this folder says how and why.
//
// One thread, "transport", owns all sockets. What is sent is delivered at most once, in order for each
// channel of a connection; who sends learns nothing of what a broken connection lost. A connection is made
// when there is something to send, and again when it broke. A node is heard only after its hello was
// accepted; from then on everything on that connection is its.
//
// With keys every connection is encrypted and both ends are proved; without, only a loopback address or ipc
// can be bound.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/transport/changes.hpp"
#include "cluster/transport/counters.hpp"
#include "cluster/transport/heard.hpp"
#include "cluster/transport/link.hpp"
#include "cluster/transport/options.hpp"
#include "cluster/transport/received.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

class TransportLoop;

// What the transport calls, on its own thread: short, and nothing that blocks.
struct Hooks {
  std::function<void(Channel)> arrived;          // `take` has something; only wakes
  std::function<void()> changed;                 // `take_changes` has something; only wakes
  std::function<void(const std::string&)> warn;  // for the log: names the node and the next step
};

struct LinkStatus {
  std::string address;
  bool is_connected = false;
  std::array<std::size_t, channels> waiting_bytes{};
};

class Transport {
 public:
  // bad_config: a bind beyond loopback without keys, an allow list that cannot be read or lacks this node;
  // unavailable: the address cannot be bound. The text names the next step.
  static Result<std::unique_ptr<Transport>> start(Options options, Hooks hooks);
  ~Transport();  // stops
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // With its address, also where that was left to be found.
  const Node& self() const;
  // HOST:PORT or ipc://PATH, as bound.
  const std::string& bound_address() const;

  // The way to an address, made on first use. Null where there are `links_max`, or it has stopped.
  // [any-thread; takes a lock]
  std::shared_ptr<Link> link(const std::string& address);
  // One message, through `link`: for what is rare. [any-thread; takes a lock]
  Result<void> send(const std::string& address, Channel channel, std::string_view message);
  // The node of that name is at that address: where the allow list has no address for it, this finds its key.
  // Needed before sending there, with keys only. [any-thread; takes a lock]
  void introduce(const std::string& address, const std::string& name);
  // Closes the connection, drops what waits, and takes nothing from the node at that address until it says
  // hello again. [any-thread; takes a lock]
  void forget(const std::string& address);

  // What was received, in order. A channel is taken by one thread. [owner of the channel]
  void take(Channel channel, std::vector<Received>& received);
  // Who has sent something since, on any channel, taken or not; wakes nobody. Whoever takes changes takes
  // them before, so that no sign is older than a change that it did not see. [one thread]
  void take_heard(std::vector<LifeSign>& signs);
  // Connections made and lost since, in order. [one thread]
  void take_changes(std::vector<Change>& changes);

  // Reads the allow list again; what it no longer allows is neither heard nor sent to from then on. An error
  // leaves the old list in force. [any-thread]
  Result<void> reload_allow_list();

  Counters counters() const;              // [any-thread]
  std::vector<LinkStatus> links() const;  // [any-thread; takes a lock]

  // Sends what waits on connections that are there, for at most `linger_ms`, then ends the thread.
  void stop(std::int64_t linger_ms = 0);

 private:
  explicit Transport(std::unique_ptr<TransportLoop> loop);

  std::unique_ptr<TransportLoop> loop_;
};

// Whether a message that says it is from that incarnation came from it. refused: the text names both.
Result<void> check_speaker(const Received& received, cluster::Uid claimed);

}  // namespace shoal::transport
