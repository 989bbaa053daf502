#pragma once
// Node: who is at the other end, and which kinds of traffic go there.

#include <cstddef>
#include <cstdint>
#include <string>

#include "cluster/member.hpp"

namespace shoal::transport {

// One incarnation of a node, as a member's profile names it.
struct Node {
  std::string name;
  std::string address;  // as others reach it: HOST:PORT, or ipc://PATH
  cluster::Uid uid;
  friend bool operator==(const Node&, const Node&) = default;
};

// In the order in which what waits is sent.
enum class Channel : std::uint8_t { membership, sharding, user };
inline constexpr std::size_t channels = 3;

const char* name_of(Channel channel);

}  // namespace shoal::transport
