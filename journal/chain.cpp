#include "journal/chain.hpp"

#include <algorithm>
#include <string>

namespace shoal::journal {
namespace {

// Null where it is gone. In the place of a deleted one somebody who was stopped in the middle of a claim may
// have made the file anew; it is never sealed.
const FoundClaim* find(std::span<const FoundClaim> found, Epoch epoch) {
  const auto at =
      std::lower_bound(found.begin(), found.end(), epoch,
                       [](const FoundClaim& claim, Epoch wanted) { return claim.epoch < wanted; });
  return at == found.end() || at->epoch != epoch || !at->claim ? nullptr : &*at;
}

Error contradiction(const Claim& claim, const std::string& what) {
  return error(ErrorCode::refused, "the claim of epoch " + std::to_string(claim.epoch.value) + " " + what);
}

// Where the predecessor is gone, it was deleted below a checkpoint, and the claim was seen to hold before.
Result<bool> follows(std::span<const FoundClaim> found, const Claim& claim) {
  if (!claim.predecessor) return true;
  if (claim.predecessor->epoch >= claim.epoch) {
    return contradiction(claim, "follows one that is not older");
  }
  const FoundClaim* predecessor = find(found, claim.predecessor->epoch);
  if (predecessor == nullptr) return true;
  if (predecessor->claim->first > claim.first) return contradiction(claim, "begins before its predecessor");
  return may_follow(claim.decision, claim.owner, *predecessor->claim);
}

}  // namespace

std::vector<OwnedEpoch> owned_epochs(std::span<const Link> chain, Sequence next) {
  std::vector<OwnedEpoch> epochs;
  epochs.reserve(chain.size());
  for (const Link& link : chain)
    epochs.push_back(
        {link.claim.epoch, link.claim.owner, link.claim.first, link.end_sequence.value_or(next)});
  return epochs;
}

bool may_follow(const Decision& decision, OwnerId owner, const Claim& predecessor) {
  return decision > predecessor.decision || (decision == predecessor.decision && owner == predecessor.owner);
}

Result<std::vector<Link>> valid_chain(std::span<const FoundClaim> found) {
  std::vector<Link> chain;
  for (std::size_t newest = found.size(); newest > 0; --newest) {
    const FoundClaim& candidate = found[newest - 1];
    if (!candidate.claim) continue;
    SHOAL_TRY(holds, follows(found, *candidate.claim));
    if (!holds) continue;
    chain.push_back({*candidate.claim, std::nullopt, std::nullopt});
    break;
  }
  while (!chain.empty() && chain.back().claim.predecessor) {
    const Claim& successor = chain.back().claim;
    const FoundClaim* at = find(found, successor.predecessor->epoch);
    if (at == nullptr) break;
    SHOAL_TRY(holds, follows(found, *at->claim));
    if (!holds) return contradiction(successor, "follows one that is void");
    chain.push_back({*at->claim, successor.predecessor->end, successor.first});
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

}  // namespace shoal::journal
