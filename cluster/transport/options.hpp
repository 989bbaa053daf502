#pragma once
// Options: what a transport is started with.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cluster/transport/keys.hpp"
#include "cluster/transport/node.hpp"

namespace shoal::transport {

// Of a name of a node or a cluster, and of an address.
inline constexpr std::size_t name_bytes_max = 255;

struct Limits {
  std::size_t message_bytes_max = 1024 * 1024;
  // What may wait for one address, and what may wait to be taken here, of each channel.
  std::array<std::size_t, channels> send_bytes_max{1024 * 1024, 8 * 1024 * 1024, 8 * 1024 * 1024};
  std::array<std::size_t, channels> receive_bytes_max{4 * 1024 * 1024, 32 * 1024 * 1024, 32 * 1024 * 1024};
  std::size_t links_max = 8'192;      // addresses to which something was sent and not forgotten
  std::int64_t handshake_ms = 3'000;  // for the handshake of a connection, before the hello
  std::int64_t connect_ms = 2'000;    // until an address that does not answer counts as a failure
  std::int64_t reconnect_ms = 50;     // after the first failure; doubled by each next one
  std::int64_t reconnect_ms_max = 1'000;
  std::int64_t unacknowledged_ms_max = 5'000;  // what the other side's TCP does not confirm ends a connection
  std::int64_t idle_close_ms = 60'000;  // a connection without anything to send; made anew when there is
};

struct Security {
  KeyPair own;
  std::filesystem::path allow_list;
};

struct Options {
  std::string bind;  // tcp://HOST:PORT (port 0: any that is free) or ipc://PATH
  Node self;         // address empty: what was bound
  std::string cluster_name;
  std::optional<Security> security;
  Limits limits;
};

}  // namespace shoal::transport
