#pragma once
// Chain: which claims of a shard hold, where each epoch's records end, and whether an append counts. Every
// reader and writer of every log decides by these functions. Pure.

#include <optional>
#include <span>
#include <vector>

#include "journal/claim.hpp"
#include "journal/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

// A claim as it was found; without content it is not sealed, and as if it were not there.
struct FoundClaim {
  Epoch epoch;
  std::optional<Claim> claim;
};

// An epoch that holds. Without an end no claim has sealed it.
struct Link {
  Claim claim;
  std::optional<Position> end;
  std::optional<Sequence> end_sequence;  // of the successor's first record
};

// The records of an epoch that holds, for who has kept something of them: the first, and the one behind the
// last that holds.
struct OwnedEpoch {
  Epoch epoch;
  OwnerId owner;
  Sequence first;
  Sequence end;
};

// Of links in the order of the chain. `next`: of the first record that the log does not have.
std::vector<OwnedEpoch> owned_epochs(std::span<const Link> chain, Sequence next);

// Whether a claim with this decision may follow that one: its decision is newer; or the same, of the same
// owner, which lost its epoch and still is the shard's home.
bool may_follow(const Decision& decision, OwnerId owner, const Claim& predecessor);

// The chain from the newest sealed claim that may follow the one it names, back to the first that is there;
// the oldest comes first. `found`: in ascending order of epochs. refused: the claims contradict each other,
// which no crash explains.
Result<std::vector<Link>> valid_chain(std::span<const FoundClaim> found);

// What the owner sees after its records are on the disk. It looks for the next claim first, and for its own
// after that: claims are deleted from the oldest up, so that one of the two looks finds out.
struct LookAfterSync {
  bool next_claim_stands = false;
  bool own_claim_stands = false;
};

// Rule R of the file log: whether what was synced before the look counts.
inline bool counts(const LookAfterSync& look) { return !look.next_claim_stands && look.own_claim_stands; }

}  // namespace shoal::journal
