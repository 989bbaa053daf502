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
inline constexpr std::size_t wire_text_bytes_max =
    4'096;                                            // of a name, an address, a role, a setting, a reason
inline constexpr std::size_t wire_list_max = 65'535;  // elements

// What `encode` gives has so many bytes.
std::size_t wire_bytes(const Record& record);
std::size_t wire_bytes(const Message& message);

// Appends. Requires: no text and no list is longer than the bounds above.
void encode(const Message& message, std::string& bytes);

// invalid_argument: another version, cut off, longer than it says, or a field that has no such value; the
// text names it.
Result<Message> decode(std::string_view bytes);

}  // namespace shoal::cluster
