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

// All that the shard's log says of its entities up to and with `through`, which counted in that epoch of that
// owner, stands in the store.
struct StoreMark {
  Epoch epoch;
  OwnerId owner;
  Sequence through;
  friend bool operator==(const StoreMark&, const StoreMark&) = default;
};

enum class MarkVerdict : std::uint8_t {
  stands,
  unknown_epoch,  // it is void, or from before the oldest claim that is left
  other_owner,    // another journal gave that epoch
  past_its_end,   // the epoch, or the log, ends before it
};

// `chain`: what holds of the shard's claims, oldest first. `next`: of the first record that the log does not
// have. Requires: `next` is not below the first record of the chain's newest epoch.
MarkVerdict judge(const StoreMark& mark, std::span<const Link> chain, Sequence next);

// For people.
std::string_view text_of(MarkVerdict verdict);

}  // namespace shoal::journal
