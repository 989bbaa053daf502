#include "journal/read_plan.hpp"

#include <algorithm>
#include <string>

namespace shoal::journal {
namespace {

using Summaries = std::vector<const EpochSummary*>;

std::optional<FoundCheckpoint> find_begin(const std::vector<Link>& chain, const Summaries& summaries,
                                          Sequence begin) {
  for (std::size_t link = chain.size(); link > 0; --link) {
    if (summaries[link - 1] == nullptr || begin >= *chain[link - 1].end_sequence) continue;
    for (const CheckpointBegun& begun : summaries[link - 1]->begun) {
      if (begun.sequence == begin) return FoundCheckpoint{begin, link - 1, begun.commit};
    }
  }
  return std::nullopt;
}

// As `find_checkpoint`, of the links whose summaries are there. An end that is void in its epoch may stand in
// the next one, again.
std::optional<FoundCheckpoint> last_checkpoint(const std::vector<Link>& chain, const Summaries& summaries) {
  for (std::size_t link = chain.size(); link > 0; --link) {
    const EpochSummary* summary = summaries[link - 1];
    if (summary == nullptr) continue;
    for (std::size_t i = summary->ended.size(); i > 0; --i) {
      const CheckpointEnded& end = summary->ended[i - 1];
      if (end.sequence >= *chain[link - 1].end_sequence) continue;
      if (const auto found = find_begin(chain, summaries, end.begin)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<FoundCheckpoint>> find_checkpoint(const std::vector<Link>& chain,
                                                       const FindSummary& find) {
  Summaries summaries(chain.size(), nullptr);
  std::optional<FoundCheckpoint> checkpoint;
  for (std::size_t link = chain.size(); link > 0 && !checkpoint; --link) {
    SHOAL_TRY(summary, find(chain[link - 1]));
    summaries[link - 1] = summary;
    checkpoint = last_checkpoint(chain, summaries);
  }
  return checkpoint;
}

Result<std::optional<ReadPlan>> plan_read(LogShard shard, std::string_view type,
                                          const std::vector<Link>& chain, Sequence from,
                                          const FindSummary& find) {
  ReadPlan plan{shard, {}, chain.front().claim.first, *chain.back().end_sequence};
  std::size_t first = 0;
  Position begins = chain.front().claim.start;
  SHOAL_TRY(checkpoint, find_checkpoint(chain, find));
  if (checkpoint) {
    plan.first = checkpoint->begin;
    first = checkpoint->link;
    begins = checkpoint->commit;
  } else if (chain.front().claim.predecessor) {
    return error(ErrorCode::refused,
                 "shard " + std::to_string(shard.shard.value) + " of " + std::string(type) +
                     ": the claim of epoch " + std::to_string(chain.front().claim.predecessor->epoch.value) +
                     " is missing, and there is no checkpoint after it: restore a backup of the journal");
  }
  for (std::size_t i = first; i < chain.size(); ++i) {
    const Position begin = i == first ? begins : chain[i].claim.start;
    if (begin >= *chain[i].end) continue;
    plan.stretches.push_back({chain[i].claim.generation, chain[i].claim.epoch, begin, *chain[i].end});
  }
  plan.first = std::max(plan.first, from);
  if (plan.first >= plan.next) return std::optional<ReadPlan>();
  return std::optional<ReadPlan>(std::move(plan));
}

}  // namespace shoal::journal
