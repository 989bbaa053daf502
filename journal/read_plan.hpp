#pragma once
// What it takes to recover a shard: from the last checkpoint of its chain on, or from its first record. Pure,
// but for what the generations hold.

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "journal/chain.hpp"
#include "journal/generation_index.hpp"
#include "journal/log_read.hpp"

namespace shoal::journal {

// What the link's generation holds of its epoch; null: nothing.
using FindSummary = std::function<Result<const EpochSummary*>(const Link&)>;

struct FoundCheckpoint {
  Sequence begin;
  std::size_t link;  // of the chain, in which it begins
  Position commit;   // likewise
};

// The newest checkpoint of which the chain has both ends. Looks no further back than it takes: a claim whose
// deletion was not synced may be there again without its data.
Result<std::optional<FoundCheckpoint>> find_checkpoint(const std::vector<Link>& chain,
                                                       const FindSummary& find);

// The records from `from` on, or from the begin of the last checkpoint on, whichever is later; none: there
// are none. `type` is for messages. refused: a claim is missing, and no checkpoint comes after it. Requires:
// the chain is not empty, and each of its links has its ends.
Result<std::optional<ReadPlan>> plan_read(LogShard shard, std::string_view type,
                                          const std::vector<Link>& chain, Sequence from,
                                          const FindSummary& find);

}  // namespace shoal::journal
