#pragma once
// SingletonMessage: what the managers and proxies of one singleton say to each other.
//
//   hand_over   do not run it from now on, and say so: I am to run it    `attempt`
//   done        I do not run it, and shall not without asking you        the `attempt` of the hand_over
//   identify    do you run it?
//   here, not_here
//   deliver     a message for it                                         `payload`

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/member.hpp"
#include "shoal/base/result.hpp"

namespace shoal::cluster {

enum class SingletonMessageKind : std::uint8_t { hand_over, done, identify, here, not_here, deliver };

struct SingletonMessage {
  SingletonMessageKind kind = SingletonMessageKind::identify;
  Uid from = {};
  Uid to = {};
  std::uint32_t attempt = 0;
  std::string singleton = {};  // its name
  std::string payload = {};
};

inline constexpr std::uint8_t singleton_wire_version = 1;
// The second byte of what goes over the channel of shards and coordinators: what it is about.
inline constexpr std::uint8_t about_singleton = 1;

// Appends, as cluster/WIRE.md says. Requires: the name is no longer than a text, the payload than a payload.
void encode(const SingletonMessage& message, std::string& bytes);

// invalid_argument: another version, cut off, longer than it says, or a field that has no such value; the
// text names it.
Result<SingletonMessage> decode_singleton(std::string_view bytes);

}  // namespace shoal::cluster
