#pragma once
// Hello: how two nodes begin to talk, as cluster/WIRE.md describes it. Pure.
//
//   who connects ── hello ──►  who listens
//                ◄─ welcome ──             from then on messages are taken
//                ◄─ refusal ──             with the reason; also later, when the connection no longer counts

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "cluster/transport/node.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

inline constexpr std::uint8_t transport_version = 1;

struct Hello {
  std::string cluster_name;
  Node from;
};
struct Welcome {
  Node from;
};
struct Refusal {
  std::string reason;
};
using Greeting = std::variant<Hello, Welcome, Refusal>;

// Requires: no text is longer than wire_text_bytes_max.
std::string encode(const Greeting& greeting);

// Whether a frame begins as a greeting does, of whatever version.
bool is_greeting(std::string_view frame);

// invalid_argument: another version, cut off, longer than it says, or without name, address or uid; the text
// names it.
Result<Greeting> decode_greeting(std::string_view frame);

}  // namespace shoal::transport
