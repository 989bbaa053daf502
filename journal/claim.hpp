#pragma once
// Claim: the record that opens an ownership of a shard's log. Pure; FORMAT.md has the bytes of the file
// log's.

#include <cstdint>
#include <optional>
#include <string>

#include "journal/ids.hpp"

namespace shoal::journal {

// A place in the data file of one generation: bytes from its beginning, over all of its segments.
using Position = StrongId<struct PositionTag, std::uint64_t>;

// The end of an epoch as its successor found it. Records of that epoch from here on are void, for every
// reader, for ever; those that were whole are in the successor's epoch again.
struct Seal {
  Epoch epoch;
  Position end;
  friend bool operator==(const Seal&, const Seal&) = default;
};

struct Claim {
  LogShard shard;
  Epoch epoch;
  OwnerId owner;
  Decision decision;
  Generation generation;  // where its records are
  Position start;         // none of them is before this
  Sequence first;         // the sequence of its first record
  std::optional<Seal> predecessor;
  // So long after the next claim its owner, or one before it, may still answer, unless it says `closed`.
  std::uint32_t lease_ms = 0;
  friend bool operator==(const Claim&, const Claim&) = default;
};

struct ClaimRequest {
  std::string type;
  ShardId shard;
  // None: the owner decides for itself, with the number after that of the last claim that holds.
  std::optional<Decision> decision;
  std::uint32_t lease_ms = 0;  // of the claiming owner
};

}  // namespace shoal::journal
