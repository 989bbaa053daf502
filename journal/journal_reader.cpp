#include "journal/journal_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "journal/data_file.hpp"
#include "journal/identity.hpp"
#include "journal/read_plan.hpp"

namespace shoal::journal {
Result<std::unique_ptr<JournalReader>> JournalReader::open(Storage& storage) {
  SHOAL_TRY(identity, read_identity(storage));
  if (!identity) {
    return error(
        ErrorCode::not_found,
        "there is no journal: it is the directory that journal.directory names, with a file `journal`");
  }
  return std::unique_ptr<JournalReader>(new JournalReader(storage, *identity));
}

Result<std::vector<ShardName>> JournalReader::shards() { return ClaimFiles(storage_, journal_).shards(); }

// The last link ends as its successor would find it, with what stands whole in the last commit: the successor
// writes that again.
Result<ShardFound> JournalReader::find(const ShardName& name) {
  ClaimFiles claims(storage_, journal_);
  SHOAL_TRY(files, claims.read(ClaimFiles::directory_of(name)));
  SHOAL_TRY(chain, valid_chain(files));
  ShardFound found{{type_number(name.type), name.shard}, files.size(), std::move(chain), false};
  if (found.chain.empty()) return found;
  Link& last = found.chain.back();
  SHOAL_TRY(index, index_of(last.claim.generation));
  const EpochSummary* summary = index->find(found.shard, last.claim.epoch);
  last.end = std::max(index->end(), last.claim.start);
  last.end_sequence = summary == nullptr ? last.claim.first : Sequence(summary->last.value + 1);
  found.is_closed = summary != nullptr && summary->is_closed;
  return found;
}

// Not from before the link of the last one, synced or not: what was below that may have gone when it counted.
Result<std::optional<FoundCheckpoint>> JournalReader::synced_checkpoint(const ShardFound& found) {
  if (found.chain.empty()) return std::optional<FoundCheckpoint>();
  SHOAL_TRY(newest, find_checkpoint(found.chain, finder(found.shard)));
  if (!newest) return newest;
  const Epoch oldest = found.chain[newest->link].claim.epoch;
  std::vector<Link> chain = found.chain;
  Link& last = chain.back();
  SHOAL_TRY(index, index_of(last.claim.generation));
  const EpochSummary* summary = index->find(found.shard, last.claim.epoch);
  last.end = std::max(index->synced_end(), last.claim.start);
  const bool has_synced = summary != nullptr && summary->last_synced.value != 0;
  last.end_sequence = has_synced           ? Sequence(summary->last_synced.value + 1)
                      : summary == nullptr ? last.claim.first
                                           : summary->first;
  return find_checkpoint(chain, [&](const Link& link) -> Result<const EpochSummary*> {
    if (link.claim.epoch < oldest) return nullptr;
    return finder(found.shard)(link);
  });
}

FindSummary JournalReader::finder(LogShard shard) {
  return [this, shard](const Link& link) -> Result<const EpochSummary*> {
    SHOAL_TRY(index, index_of(link.claim.generation));
    return index->find(shard, link.claim.epoch);
  };
}

Result<std::unique_ptr<LogRead>> JournalReader::read(const ShardName& name, const ShardFound& found,
                                                     Sequence from) {
  if (found.chain.empty()) return std::unique_ptr<LogRead>();
  SHOAL_TRY(plan, plan_read(found.shard, name.type, found.chain, from, finder(found.shard)));
  if (!plan) return std::unique_ptr<LogRead>();
  return std::make_unique<LogRead>(storage_, journal_, std::vector<ReadPlan>{std::move(*plan)});
}

Result<std::vector<GenerationFound>> JournalReader::generations() {
  ClaimFiles claims(storage_, journal_);
  SHOAL_TRY(named, claims.named_generations());
  SHOAL_TRY(listed, list_generations(storage_));
  std::vector<GenerationFound> found;
  for (const auto& [generation, indexes] : listed) {
    GenerationFound each{generation, indexes.size(), 0, false, named.contains(generation)};
    SHOAL_TRY(segment_bytes, bytes_of_a_segment(generation, indexes));
    SHOAL_TRY(spares, list_spares(storage_, generation));
    each.bytes = (indexes.size() + spares.size()) * segment_bytes;
    auto lock = storage_.open(lock_path(generation), Access::read_and_write);
    if (!lock && lock.error().code != ErrorCode::not_found) return std::move(lock).error();
    if (lock) {
      SHOAL_TRY(locked, lock.value()->lock());
      each.is_written = !locked;
    }
    found.push_back(each);
  }
  return found;
}

Result<Position> JournalReader::end_of(Generation generation) {
  SHOAL_TRY(index, index_of(generation));
  return index->end();
}

Result<std::uint64_t> JournalReader::segment_bytes(Generation generation) {
  SHOAL_TRY(listed, list_generations(storage_));
  return bytes_of_a_segment(generation, listed[generation]);
}

// As the first head says that can be read; the segment that waits to be used has none. 0: there is no such
// head.
Result<std::uint64_t> JournalReader::bytes_of_a_segment(Generation generation,
                                                        const std::vector<std::uint64_t>& indexes) {
  for (const std::uint64_t index : indexes) {
    auto file = storage_.open(segment_path(generation, index), Access::read);
    if (!file && file.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
    if (!file) return std::move(file).error();
    std::array<char, sector_bytes> bytes;
    SHOAL_TRY(read, file.value()->read_at(0, bytes));
    if (const auto head = decode_segment_head({bytes.data(), read}, journal_)) return head.value().bytes;
  }
  return 0;
}

// Found once: what is written later is not looked for.
Result<GenerationIndex*> JournalReader::index_of(Generation generation) {
  const auto [at, is_new] = indexes_.try_emplace(generation, storage_, journal_, generation);
  if (is_new) {
    if (auto refreshed = at->second.refresh(); !refreshed) {
      indexes_.erase(at);
      return std::move(refreshed).error();
    }
  }
  return &at->second;
}

}  // namespace shoal::journal
