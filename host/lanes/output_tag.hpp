#pragma once
// OutputTag: the 48 bits that come back with the delivery report of an output: the output, the assignment it
// was caused by (0: none), and the lower bits of a ticket in that assignment's ledger.

#include <cstdint>

namespace shoal::lanes {

inline constexpr unsigned ticket_bits = 26;
inline constexpr unsigned assignment_bits = 14;
inline constexpr std::uint64_t assignments_max = std::uint64_t{1} << assignment_bits;

constexpr std::uint64_t lower_bits(std::uint64_t value, unsigned bits) {
  return value & ((std::uint64_t{1} << bits) - 1);
}

// Of an assignment and a ticket; the output is added when the record is sent.
constexpr std::uint64_t tag_of(std::uint64_t assignment, std::uint64_t ticket) {
  return assignment << ticket_bits | lower_bits(ticket, ticket_bits);
}
constexpr std::uint64_t with_output(std::uint64_t tag, std::uint32_t output) {
  return std::uint64_t{output} << (assignment_bits + ticket_bits) | tag;
}
constexpr std::uint64_t output_of(std::uint64_t tag) { return tag >> (assignment_bits + ticket_bits); }
constexpr std::uint64_t assignment_of(std::uint64_t tag) {
  return lower_bits(tag >> ticket_bits, assignment_bits);
}
constexpr std::uint64_t ticket_of(std::uint64_t tag) { return lower_bits(tag, ticket_bits); }

}  // namespace shoal::lanes
