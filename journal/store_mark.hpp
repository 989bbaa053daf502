#pragma once
// StoreMark: how far the state store has a shard's log, and whether that log still says so. Pure.
//
// Sequences go on over epochs, so that the number alone does not say what stands there: records of an epoch
// that was sealed before them are void, and others have their numbers. A journal brought back from a copy
// gives the same epochs again, to other owners.

#include <cstdint>
#include <span>
#include <string_view>

#include "journal/chain.hpp"
#include "journal/ids.hpp"

namespace shoal::journal {

// Nothing that stands in the store is newer than the record `counted`, which counted in that epoch of that
// owner. And the store has what a checkpoint says: whatever the log says of entities before its begin, and
// all snapshots up to its end, or something newer. Without a checkpoint begin and end are 0.
struct StoreMark {
  Epoch epoch;
  OwnerId owner;
  Sequence counted;
  Sequence checkpoint_begin;
  Sequence checkpoint_end;
  friend bool operator==(const StoreMark&, const StoreMark&) = default;
};

enum class MarkVerdict : std::uint8_t {
  stands,
  unknown_epoch,  // it is void, or from before the oldest claim that is left
  other_owner,    // another journal gave that epoch
  past_its_end,   // the epoch, or the log, ends before it
};

// `epochs`: those of the shard that hold.
MarkVerdict judge(const StoreMark& mark, std::span<const OwnedEpoch> epochs);

// For people.
std::string_view text_of(MarkVerdict verdict);

}  // namespace shoal::journal
