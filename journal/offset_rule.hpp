#pragma once
// Rule R of the Kafka log: whether an append counts, decided by offsets and by what was read. Pure.
//
// Offsets of a partition are dense: where the acknowledged one follows that of the owner's last message, no
// claim can stand between them. Of everything else (a gap, a lower offset, none: librdkafka reports a
// message that the broker had already as a success without one) nothing is known before the owner has read.

#include <cstdint>
#include <optional>

#include "shoal/base/ids.hpp"

namespace shoal::journal {

enum class OffsetVerdict : std::uint8_t { counts, look };

// `previous`: of the owner's last message that counts, or of its claim.
constexpr OffsetVerdict judge(Offset previous, std::optional<Offset> acknowledged) {
  return acknowledged && acknowledged->value == previous.value + 1 ? OffsetVerdict::counts
                                                                   : OffsetVerdict::look;
}

// What the owner has seen of what follows its last message that counts.
struct Looked {
  bool is_overtaken = false;  // a newer claim holds
  bool is_found = false;      // the message is there, and holds
  bool is_at_end = false;     // all has been read that was there after the acknowledgement
  Offset next;                // to be read
  std::optional<Offset> acknowledged;
};

enum class LookVerdict : std::uint8_t {
  read_on,
  counts,
  overtaken,
  lost,  // it is not where it was said to be: the epoch ends
};

constexpr LookVerdict judge(const Looked& looked) {
  if (looked.is_overtaken) return LookVerdict::overtaken;
  if (looked.is_found) return LookVerdict::counts;
  // A new leader may show an end that is before what has been acknowledged, but not for long.
  const bool is_to_come = looked.acknowledged && *looked.acknowledged >= looked.next;
  return looked.is_at_end && !is_to_come ? LookVerdict::lost : LookVerdict::read_on;
}

}  // namespace shoal::journal
