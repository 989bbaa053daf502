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

// The records from `from` on, or from the begin of the last checkpoint on, whichever is later; none: there
// are none. `type` is for messages. refused: a claim is missing, and no checkpoint comes after it. Requires:
// the chain is not empty, and each of its links has its ends.
Result<std::optional<ReadPlan>> plan_read(LogShard shard, std::string_view type,
                                          const std::vector<Link>& chain, Sequence from,
                                          const FindSummary& find);

}  // namespace shoal::journal
