#include "journal/file_log.hpp"

#include <algorithm>

#include "journal/identity.hpp"
#include "journal/read_plan.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {

Result<std::unique_ptr<FileLog>> FileLog::open(Storage& storage, const FileLogOptions& options) {
  SHOAL_TRYV(storage.make_directory(data_directory));
  SHOAL_TRYV(storage.make_directory(shards_directory));
  SHOAL_TRY(found, read_identity(storage));
  if (!found) {
    SHOAL_TRY(made, make_identity(storage, options.data.random));
    found = made;
  }
  // Also where another host has made the identity: it may not have come to this yet, and a power failure
  // would leave what is written from here on to a journal that is another one.
  SHOAL_TRYV(storage.sync_directory("."));
  std::unique_ptr<FileLog> log(new FileLog(storage, *found, options));
  SHOAL_TRY(generations, list_generations(storage));
  std::set<Generation> all;
  for (const auto& [generation, indexes] : generations) all.insert(generation);
  SHOAL_TRYV(log->collect(all));
  SHOAL_TRY(data, DataFile::create(storage, *found, options.data));
  log->data_ = std::move(data);
  return log;
}

// --- Claiming -------------------------------------------------------------------------------------

std::variant<Claimed, ClaimRefused> FileLog::claim(const ClaimRequest& request) {
  auto claimed = try_claim(request);
  if (claimed) return claimed.value();
  ClaimRefused refused{request.type, request.shard, ClaimRefusal::storage, claimed.error().message};
  switch (claimed.error().code) {
    case ErrorCode::already_exists:
      refused.reason = ClaimRefusal::newer_claim;
      break;
    case ErrorCode::invalid_argument:
      refused.reason = ClaimRefusal::stale_decision;
      break;
    case ErrorCode::refused:
      refused.reason = ClaimRefusal::damaged;
      break;
    default:
      break;
  }
  return refused;
}

namespace {

Error stale(const ClaimRequest& request, const Claim& standing) {
  return error(ErrorCode::invalid_argument,
               "shard " + std::to_string(request.shard.value) + " of " + request.type + ": decision " +
                   std::to_string(request.decision->number) + " of coordinator epoch " +
                   std::to_string(request.decision->coordinator_epoch) + " is older than the one of epoch " +
                   std::to_string(standing.epoch.value));
}

Error overtaken(const ClaimRequest& request, Epoch epoch) {
  return error(ErrorCode::already_exists, "shard " + std::to_string(request.shard.value) + " of " +
                                              request.type + ": somebody else claims it, from epoch " +
                                              std::to_string(epoch.value) + " on");
}

}  // namespace

Result<Claimed> FileLog::try_claim(const ClaimRequest& request) {
  if (!broken_.empty()) return error(ErrorCode::failed, broken_);
  const LogShard shard{type_number(request.type), request.shard};
  SHOAL_ASSERT(!owned_.contains(shard));
  SHOAL_TRY(directory, claims_.directory(request.type, request.shard));
  SHOAL_TRY(found, claims_.read(directory));
  if (request.decision && !found.empty()) {
    // Seen before the file is made, such a claim takes nothing from who owns the shard.
    SHOAL_TRY(chain, valid_chain(found));
    if (!chain.empty() && !may_follow(*request.decision, options_.owner, chain.back().claim)) {
      return stale(request, chain.back().claim);
    }
  }
  const Epoch epoch(found.empty() ? 1 : found.back().epoch.value + 1);
  auto file = claims_.create(directory, epoch);
  if (!file && file.error().code == ErrorCode::already_exists) return overtaken(request, epoch);
  if (!file) return std::move(file).error();
  return seal(request, shard, directory, epoch, *file.value());
}

// From here on the claim's file stands, and the predecessor can answer nothing more.
Result<Claimed> FileLog::seal(const ClaimRequest& request, LogShard shard, const std::string& directory,
                              Epoch epoch, File& file) {
  SHOAL_TRY(found, claims_.read(directory));
  if (!found.empty() && found.back().epoch > epoch) return overtaken(request, found.back().epoch);
  SHOAL_TRY(chain, valid_chain(found));
  Claim claim{shard,
              epoch,
              options_.owner,
              request.decision.value_or(Decision{0, 1}),
              data_->generation(),
              data_->end(),
              Sequence(1),
              std::nullopt,
              request.lease_ms};
  Predecessor predecessor;
  if (!chain.empty()) {
    const Claim& last = chain.back().claim;
    if (!request.decision) claim.decision = {last.decision.coordinator_epoch, last.decision.number + 1};
    if (!may_follow(claim.decision, claim.owner, last)) return stale(request, last);
    SHOAL_TRYV(claims_.seal_again(directory, last));
    SHOAL_TRY(read, read_predecessor(shard, chain.back()));
    predecessor = std::move(read);
    claim.first = Sequence(predecessor.last_synced.value + 1);
    claim.predecessor = Seal{last.epoch, *predecessor.link.end};
    claim.lease_ms = std::max(request.lease_ms, predecessor.lease_ms);
    chain.back() = predecessor.link;
    chain.back().end_sequence = claim.first;
  }
  Sequence next = claim.first;
  for (std::string_view rest = predecessor.again; take_record(rest);) ++next.value;
  SHOAL_TRYV(append_again(shard, epoch, predecessor.again));
  const Position again_end = data_->end();
  // Whatever becomes of it here: once it is sealed others read what it has appended again.
  needs_[{shard, epoch}] = {ClaimFiles::path(directory, epoch), claim.start};
  SHOAL_TRYV(claims_.seal(file, claim));
  Owned owned{claim,
              std::move(chain),
              request.type,
              directory,
              ClaimFiles::path(directory, epoch),
              ClaimFiles::path(directory, Epoch(epoch.value + 1)),
              claim.start,
              {}};
  SHOAL_TRY(look, claims_.look(owned.own_path, owned.next_path));
  if (!counts(look)) return overtaken(request, Epoch(epoch.value + 1));
  owned.chain.push_back({claim, again_end, next});
  Claimed claimed{shard, epoch, claim.decision, next, predecessor.lease_ms, owned_epochs(owned.chain, next)};
  owned_.emplace(shard, std::move(owned));
  return claimed;
}

Result<GenerationIndex*> FileLog::refreshed(Generation generation) {
  const auto at = indexes_.try_emplace(generation, storage_, journal_, generation).first;
  SHOAL_TRYV(at->second.refresh());
  return &at->second;
}

Result<FileLog::Predecessor> FileLog::read_predecessor(LogShard shard, const Link& link) {
  SHOAL_TRY(index, refreshed(link.claim.generation));
  Predecessor predecessor{link, Sequence(link.claim.first.value - 1), "", link.claim.lease_ms};
  predecessor.link.end = std::max(index->synced_end(), link.claim.start);
  const EpochSummary* summary = index->find(shard, link.claim.epoch);
  if (summary == nullptr) return predecessor;
  // Where none of what is there is known to be synced, all before it is, or was deleted below a checkpoint.
  predecessor.last_synced =
      summary->last_synced.value != 0 ? summary->last_synced : Sequence(summary->first.value - 1);
  if (summary->is_closed) predecessor.lease_ms = 0;
  std::string_view tail = index->tail();
  while (const std::optional<std::string_view> record = take_record(tail)) {
    const std::optional<RecordHeader> header = header_of(*record);
    if (header->shard == shard && header->epoch == link.claim.epoch) predecessor.again += *record;
  }
  return predecessor;
}

// What was whole in the predecessor's last commit may have counted; so it is on the disk again before the
// claim makes the predecessor end before it.
Result<void> FileLog::append_again(LogShard shard, Epoch epoch, std::string_view records) {
  if (records.empty()) return success();
  CommitBuffer buffer;
  const CommitBuffer::PartIndex part = buffer.add_part(shard, epoch);
  while (const std::optional<std::string_view> record = take_record(records)) {
    if (record->size() > data_->commit_bytes_max()) {
      return error(ErrorCode::failed, "a record of " + std::to_string(record->size()) +
                                          " bytes does not fit into a segment: make the segments larger");
    }
    buffer.append_again(part, *record);
  }
  auto written = data_->commit(buffer);
  if (!written && written.error().code != ErrorCode::overloaded) broken_ = written.error().message;
  return written;
}

// --- Committing -----------------------------------------------------------------------------------

CommitOutcome FileLog::commit(CommitBuffer& buffer) {
  CommitOutcome outcome;
  if (!broken_.empty()) {
    outcome.state = CommitState::broken;
    outcome.message = broken_;
    return outcome;
  }
  const auto written = data_->commit(buffer);
  if (!written) {
    const bool is_full = written.error().code == ErrorCode::overloaded;
    outcome.state = is_full ? CommitState::disk_full : CommitState::broken;
    outcome.message = written.error().message;
    if (!is_full) broken_ = outcome.message;
    return outcome;
  }
  for (const CommitBuffer::Part& part : buffer.parts()) settle(part, buffer.position(), outcome);
  return outcome;
}

std::optional<Failed> FileLog::look(LogShard shard) {
  const auto at = owned_.find(shard);
  const Owned& owned = at->second;
  const auto look = claims_.look(owned.own_path, owned.next_path);
  if (look && counts(look.value())) return std::nullopt;
  Failed failed{shard, owned.claim.epoch, LogFailure::storage, ""};
  if (look) {
    failed.reason = LogFailure::newer_claim;
    failed.message = "shard " + std::to_string(shard.shard.value) + " of " + owned.type +
                     " has another owner since epoch " + std::to_string(failed.epoch.value);
  } else {
    failed.message = look.error().message;
  }
  owned_.erase(at);
  return failed;
}

// The rule: the records are synced, and only now is looked.
void FileLog::settle(const CommitBuffer::Part& part, Position commit, CommitOutcome& outcome) {
  const auto at = owned_.find(part.shard);
  if (at == owned_.end() || at->second.claim.epoch != part.epoch) return;  // its end has been said
  if (std::optional<Failed> failed = look(part.shard)) {
    outcome.failed.push_back(std::move(*failed));
    return;
  }
  Owned& owned = at->second;
  outcome.counted.push_back({part.shard, part.epoch, part.through});
  owned.chain.back().end = data_->end();
  owned.chain.back().end_sequence = Sequence(part.through.value + 1);
  if (part.begins_checkpoint) owned.begun[*part.begins_checkpoint] = commit;
  if (part.ends_checkpoint) {
    const auto begun = owned.begun.find(*part.ends_checkpoint);
    if (begun != owned.begun.end()) {
      deletable_[part.shard] = {part.epoch, part.through, begun->second};
      owned.needed_from = begun->second;
      owned.begun.erase(owned.begun.begin(), std::next(begun));
      delete_what_may_go();
    }
  }
  if (part.closes) {
    outcome.closed.push_back(part.shard);
    owned_.erase(at);
  }
}

bool FileLog::owns(LogShard shard, Epoch epoch) const {
  const auto at = owned_.find(shard);
  return at != owned_.end() && at->second.claim.epoch == epoch;
}

Sequence FileLog::counted(LogShard shard) const {
  return Sequence(owned_.at(shard).chain.back().end_sequence->value - 1);
}

std::optional<Epoch> FileLog::abandon(LogShard shard) {
  const auto at = owned_.find(shard);
  if (at == owned_.end()) return std::nullopt;
  const Epoch epoch = at->second.claim.epoch;
  owned_.erase(at);
  return epoch;
}

std::vector<std::pair<LogShard, Epoch>> FileLog::abandon_all() {
  std::vector<std::pair<LogShard, Epoch>> all;
  for (const auto& [shard, owned] : owned_) all.emplace_back(shard, owned.claim.epoch);
  owned_.clear();
  return all;
}

Result<void> FileLog::idle() {
  if (!broken_.empty()) return success();
  auto marked = data_->mark();
  if (!marked) broken_ = marked.error().message;
  return marked;
}

// --- Deleting -------------------------------------------------------------------------------------

void FileLog::hold(std::map<LogShard, Sequence> held) {
  held_ = std::move(held);
  delete_what_may_go();
}

// What cannot be deleted now is tried again with the next checkpoint.
void FileLog::delete_what_may_go() {
  for (auto at = deletable_.begin(); at != deletable_.end();) {
    const auto held = held_.find(at->first);
    if (held != held_.end() && held->second < at->second.through) {
      ++at;
      continue;
    }
    if (owns(at->first, at->second.epoch)) {
      (void)delete_below(owned_.at(at->first), at->second.begin);
    }
    at = deletable_.erase(at);
  }
}

// Requires: a checkpoint that begins in the commit at `begin` counts.
Result<void> FileLog::delete_below(const Owned& owned, Position begin) {
  needs_[{owned.claim.shard, owned.claim.epoch}].from = begin;
  SHOAL_TRY(named, claims_.remove_before(owned.directory, owned.claim.epoch));
  named.erase(data_->generation());
  SHOAL_TRYV(collect(named));
  return delete_own_segments();
}

Result<void> FileLog::delete_own_segments() {
  Position needed = data_->end();
  for (auto at = needs_.begin(); at != needs_.end();) {
    const auto owned = owned_.find(at->first.first);
    if (owned == owned_.end() || owned->second.claim.epoch != at->first.second) {
      SHOAL_TRY(stands, storage_.exists(at->second.claim_path));
      if (!stands) {
        at = needs_.erase(at);
        continue;
      }
    }
    needed = std::min(needed, at->second.from);
    ++at;
  }
  return data_->remove_before(needed);
}

// Deletes those that no claim names, and the spares of all. Their lock tells that nobody writes them, so that
// no claim will name them, nor anybody use a spare.
Result<void> FileLog::collect(const std::set<Generation>& generations) {
  for (const Generation generation : generations) {
    auto lock = storage_.open(lock_path(generation), Access::read_and_write);
    if (!lock && lock.error().code != ErrorCode::not_found) return std::move(lock).error();
    if (lock) {
      SHOAL_TRY(locked, lock.value()->lock());
      if (!locked) continue;
    }
    SHOAL_TRY(spares, list_spares(storage_, generation));
    for (const std::uint64_t index : spares) SHOAL_TRYV(storage_.remove(spare_path(generation, index)));
    SHOAL_TRY(named, claims_.named_generations());
    if (named.contains(generation)) continue;
    SHOAL_TRY(all, list_generations(storage_));
    for (const std::uint64_t index : all[generation]) {
      SHOAL_TRYV(storage_.remove(segment_path(generation, index)));
    }
    SHOAL_TRYV(storage_.remove(lock_path(generation)));
    indexes_.erase(generation);
  }
  return success();
}

// --- Reading --------------------------------------------------------------------------------------

// What comes after `through` is left out of sight, a checkpoint too. Each generation is looked at once:
// another look may begin anew, and what the plan has been told of it would be gone.
Result<std::optional<ReadPlan>> FileLog::plan(const ReadRequest& request) {
  const auto at = owned_.find(request.shard);
  SHOAL_ASSERT(at != owned_.end() && request.through <= counted(request.shard));
  std::vector<Link> chain = at->second.chain;
  chain.back().end_sequence = Sequence(request.through.value + 1);
  std::map<Generation, GenerationIndex*> looked_at;
  return plan_read(request.shard, at->second.type, chain, request.from,
                   [&](const Link& link) -> Result<const EpochSummary*> {
                     GenerationIndex*& index = looked_at[link.claim.generation];
                     if (index == nullptr) {
                       SHOAL_TRY(found, refreshed(link.claim.generation));
                       index = found;
                     }
                     return index->find(request.shard, link.claim.epoch);
                   });
}

Result<std::unique_ptr<LogRead>> FileLog::read(const std::vector<ReadRequest>& requests) {
  std::vector<ReadPlan> plans;
  for (const ReadRequest& request : requests) {
    SHOAL_TRY(planned, plan(request));
    if (planned) plans.push_back(std::move(*planned));
  }
  return std::make_unique<LogRead>(storage_, journal_, std::move(plans));
}

}  // namespace shoal::journal
