#include "journal/compaction.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "journal/claim_files.hpp"
#include "journal/data_file.hpp"

namespace shoal::journal {
namespace {

class Nowhere final : public RecordSink {
 public:
  void record(LogShard, std::string_view) override {}
};

Error of_shard(const ShardName& name, const Error& why) {
  return error(why.code,
               "shard " + std::to_string(name.shard.value) + " of " + name.type + ": " + why.message);
}

}  // namespace

Result<std::unique_ptr<Compaction>> Compaction::plan(Storage& storage) {
  SHOAL_TRY(reader, JournalReader::open(storage));
  std::unique_ptr<Compaction> compaction(new Compaction(storage, std::move(reader)));
  SHOAL_TRYV(compaction->lock_all());
  SHOAL_TRYV(compaction->plan_shards());
  SHOAL_TRYV(compaction->plan_generations());
  return compaction;
}

// Before anything is read: what has no writer now will never have one again.
Result<void> Compaction::lock_all() {
  SHOAL_TRY(all, list_generations(storage_));
  for (const auto& [generation, indexes] : all) {
    generations_.push_back({generation, false, {}, {}, 0});
    auto lock = storage_.open(lock_path(generation), Access::read_and_write);
    if (!lock && lock.error().code == ErrorCode::not_found) continue;
    if (!lock) return std::move(lock).error();
    SHOAL_TRY(locked, lock.value()->lock());
    if (!locked) {
      return error(ErrorCode::unavailable,
                   lock_path(generation) + ": a host uses the journal: stop it first");
    }
    locks_.push_back(std::move(lock).value());
  }
  return success();
}

Result<void> Compaction::plan_shards() {
  SHOAL_TRY(names, reader_->shards());
  for (const ShardName& name : names) {
    if (auto planned = plan_shard(name); !planned) return of_shard(name, planned.error());
  }
  return success();
}

// A checkpoint whose end is not known to be synced would not be there after a power failure.
Result<void> Compaction::plan_shard(const ShardName& name) {
  SHOAL_TRY(found, reader_->find(name));
  SHOAL_TRYV(read_whole(name, found));
  SHOAL_TRY(checkpoint, reader_->synced_checkpoint(found));
  OfShard planned{name, std::nullopt, Epoch(0), 0};
  if (checkpoint) {
    planned.checkpoint = checkpoint->begin;
    planned.keeps_from = found.chain[checkpoint->link].claim.epoch;
  }
  SHOAL_TRY(claims, ClaimFiles(storage_, journal()).read(ClaimFiles::directory_of(name)));
  for (const FoundClaim& claim : claims) {
    if (claim.epoch < planned.keeps_from) {
      ++planned.claims;
    } else if (claim.claim) {
      const bool begins = checkpoint && claim.epoch == planned.keeps_from;
      const Position from = begins ? checkpoint->commit : claim.claim->start;
      const auto at = needs_.try_emplace(claim.claim->generation, from).first;
      at->second = std::min(at->second, from);
    }
  }
  shards_.push_back(std::move(planned));
  return success();
}

Result<void> Compaction::read_whole(const ShardName& name, const ShardFound& found) {
  SHOAL_TRY(read, reader_->read(name, found, Sequence(0)));
  Nowhere nowhere;
  while (read) {
    SHOAL_TRY(more, read->step(nowhere));
    if (!more) break;
  }
  return success();
}

Result<void> Compaction::plan_generations() {
  SHOAL_TRY(all, list_generations(storage_));
  for (OfGeneration& planned : generations_) SHOAL_TRYV(plan_generation(planned, all[planned.generation]));
  return success();
}

// The segment in which a generation ends stays with it: where there is none, a claim that names it is damage.
// There is none either where a claim is there again after a power failure, of what had gone; nobody reads
// that.
Result<void> Compaction::plan_generation(OfGeneration& planned, const std::vector<std::uint64_t>& indexes) {
  SHOAL_TRY(spares, list_spares(storage_, planned.generation));
  SHOAL_TRY(segment_bytes, reader_->segment_bytes(planned.generation));
  planned.spares = std::move(spares);
  const auto need = needs_.find(planned.generation);
  planned.goes = need == needs_.end();
  if (planned.goes) {
    planned.segments = indexes;
  } else if (!indexes.empty()) {
    SHOAL_TRY(end, reader_->end_of(planned.generation));
    const std::uint64_t first = std::min(need->second, end).value / segment_bytes;
    std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(planned.segments),
                 [&](std::uint64_t index) { return index < first; });
  }
  planned.bytes = (planned.segments.size() + planned.spares.size()) * segment_bytes;
  return success();
}

// Claims first, for good, so that nothing goes that a claim on the disk names. Then segments from the oldest
// up, and a lock last: who begins in the middle finds what owners leave who were stopped there.
Result<void> Compaction::run() {
  ClaimFiles claims(storage_, journal());
  for (const OfShard& shard : shards_) {
    if (shard.claims == 0) continue;
    const std::string directory = ClaimFiles::directory_of(shard.name);
    SHOAL_TRYV(claims.remove_before(directory, shard.keeps_from));
    SHOAL_TRYV(storage_.sync_directory(directory));
  }
  for (const OfGeneration& planned : generations_) {
    for (const std::uint64_t index : planned.spares) {
      SHOAL_TRYV(storage_.remove(spare_path(planned.generation, index)));
    }
    for (const std::uint64_t index : planned.segments) {
      SHOAL_TRYV(storage_.remove(segment_path(planned.generation, index)));
    }
    if (planned.goes) SHOAL_TRYV(storage_.remove(lock_path(planned.generation)));
  }
  return storage_.sync_directory(data_directory);
}

}  // namespace shoal::journal
