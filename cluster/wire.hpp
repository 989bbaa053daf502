#pragma once
// Wire: the bytes of a message between members, version 1, as cluster/WIRE.md describes them.
//
// Pure. There is one form for each message: what decodes encodes to the same bytes. Whoever can reach a
// cluster's port can send anything, so that `decode` allocates nothing before it has seen that the bytes for
// it are there, and refuses what no member would say.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/message.hpp"
#include "shoal/base/result.hpp"

namespace shoal::cluster {

inline constexpr std::uint8_t wire_version = 1;
inline constexpr std::size_t wire_message_bytes_max = 256 * 1024;
inline constexpr std::size_t wire_metrics_bytes = 8 + 4 + 2 + 2 + 4 + 4 + 8;

// What `encode` gives has so many bytes.
std::size_t wire_bytes(const Record& record);
std::size_t wire_bytes(const Message& message);

// Appends. Requires: no text and no list is longer than the bounds of `wire_fields.hpp`.
void encode(const Message& message, std::string& bytes);

// invalid_argument: another version, cut off, longer than it says, or a field that has no such value; the
// text names it.
Result<Message> decode(std::string_view bytes);

}  // namespace shoal::cluster
