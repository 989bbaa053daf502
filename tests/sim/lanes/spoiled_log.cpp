#include "tests/sim/lanes/spoiled_log.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "host/lanes/source_positions.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/sim/lanes/lane_plan.hpp"

namespace shoal::sim {

using namespace journal;

namespace {

constexpr std::uint32_t void_chunk_id = UINT32_MAX;

std::string bytes_of(const RecordHeader& header, const RecordBody& body) {
  std::string bytes(encoded_bytes(body), '\0');
  encode(header, body, bytes.data());
  sum_up(bytes, bytes.size(), 0);
  return bytes;
}

// Of turns that emit nothing: two records of one sequence that both do are more than a lane bears.
bool only_changes_state(const RecordBody& body) {
  if (const auto* turn = std::get_if<Turn>(&body)) return turn->effects.emits.empty();
  if (const auto* states = std::get_if<States>(&body)) return states->effects.emits.empty();
  return false;
}

const Effects* effects_of(const RecordBody& body) {
  if (const auto* turn = std::get_if<Turn>(&body)) return &turn->effects;
  if (const auto* states = std::get_if<States>(&body)) return &states->effects;
  return nullptr;
}

bool is_tell(const Emit& emit) { return emit.sink.starts_with("entity:"); }

// For people.
std::string text_of(const Record& record) {
  std::string text = std::to_string(record.header.shard.type.value % 10) + "/" +
                     std::to_string(record.header.shard.shard.value) + " " +
                     std::to_string(record.header.epoch.value) + ":" +
                     std::to_string(record.header.sequence.value) + " kind " +
                     std::to_string(static_cast<int>(record.header.kind));
  if (const auto* turn = std::get_if<Turn>(&record.body)) {
    text += " " + std::string(turn->entity) + " at " + std::to_string(turn->revision);
    for (const Event& event : turn->events) text += " " + std::string(event.bytes);
  } else if (const auto* states = std::get_if<States>(&record.body)) {
    for (const StoredState& state : states->entities)
      text += " " + std::string(state.entity) + " at " + std::to_string(state.revision) + " " +
              std::string(state.bytes);
  } else if (const auto* snapshot = std::get_if<Snapshot>(&record.body)) {
    text += " " + std::string(snapshot->state.entity) + " at " + std::to_string(snapshot->state.revision) +
            " " + std::string(snapshot->state.bytes);
  }
  return text;
}

}  // namespace

void SpoiledLog::trace(const std::string& what) const {
  if (options_.trace) options_.trace(what);
}

void SpoiledLog::claim(ClaimRequest request) {
  lease_ms_ = request.lease_ms;
  if (!is_dead_) log_->claim(std::move(request));
}

void SpoiledLog::read(LogShard shard, Sequence from) {
  if (!is_dead_) log_->read(shard, from);
}

void SpoiledLog::give_back(const ReadChunk& chunk) {
  if (chunk.id == void_chunk_id) return;
  spoiled_chunks_.erase(chunk.id);
  log_->give_back(chunk);
}

Sequence SpoiledLog::append(LogShard shard, const RecordBody& body) {
  Own& own = own_.at(shard);
  own.last = log_->append(shard, body);
  const RecordHeader header{shard, own.epoch, own.last, kind_of(body)};
  if (options_.trace) options_.trace("appends " + text_of({header, body}));
  if (options_.bug == LaneBug::recovers_uncounted && only_changes_state(body)) {
    own.turns.emplace(own.last.value, bytes_of(header, body));
  }
  spoil_counting(shard, body);
  // So the look at the clock comes after it, and is late where the lane stands in between.
  if (options_.bug == LaneBug::leases_after_commit) {
    log_->commit();
    for (int stops = 0; stops < 10; ++stops) options_.at_call();
  }
  const Sequence last = own.last;
  options_.at_call();
  return last;
}

void SpoiledLog::spoil_counting(LogShard shard, const RecordBody& body) {
  spoil_telling(shard, effects_of(body));
  const auto* states = std::get_if<States>(&body);
  if (options_.bug != LaneBug::stores_uncounted || options_.states == nullptr || states == nullptr) return;
  const auto mark = options_.states->mark(shard);
  if (mark && mark.value()) (void)options_.states->write(shard, states->entities, *mark.value());
}

// What a commit has beside tells, answers and records of topics, would leave early with them.
void SpoiledLog::spoil_telling(LogShard shard, const Effects* effects) {
  if (options_.bug != LaneBug::tells_before_counting || effects == nullptr) return;
  const auto& emits = effects->emits;
  if (!std::all_of(emits.begin(), emits.end(), is_tell)) {
    leaves_late_.insert(shard);
  } else if (!emits.empty() && !effects->sources.empty()) {
    told_[shard] = own_.at(shard).last;
  }
}

void SpoiledLog::commit() {
  if (options_.bug == LaneBug::answers_before_counting) {
    for (const auto& [shard, own] : own_) early_[shard] = own.last;
  }
  for (const auto& [shard, through] : std::exchange(told_, {})) {
    if (!leaves_late_.contains(shard)) early_[shard] = through;
  }
  leaves_late_.clear();
  if (!is_dead_) log_->commit();
  options_.at_call();
}

bool SpoiledLog::poll(LogListener& listener) {
  listener_ = &listener;
  if (is_dead_) {
    const bool has_any = !own_.empty();
    say_all_lost();
    return has_any;
  }
  const auto early = std::exchange(early_, {});
  for (const auto& [shard, through] : early) {
    const auto own = own_.find(shard);
    if (own != own_.end()) listener.counted({shard, own->second.epoch, through});
  }
  return log_->poll(*this) || !early.empty();
}

void SpoiledLog::die() {
  is_dead_ = true;
  for (auto& [shard, own] : own_) keep_void(shard, own);
}

void SpoiledLog::say_all_lost() {
  const auto lost = std::exchange(own_, {});
  for (const auto& [shard, own] : lost)
    listener_->failed({shard, own.epoch, LogFailure::newer_claim, "its host was killed"});
}

void SpoiledLog::keep_void(LogShard shard, Own& own) {
  if (!own.turns.empty()) (*options_.void_records)[shard] = own.turns.begin()->second;
}

void SpoiledLog::claimed(const Claimed& outcome) {
  trace("owns " + std::to_string(outcome.shard.type.value % 10) + "/" +
        std::to_string(outcome.shard.shard.value) + " in epoch " + std::to_string(outcome.epoch.value) +
        " from " + std::to_string(outcome.next.value));
  told_.erase(outcome.shard);
  early_.erase(outcome.shard);
  own_[outcome.shard] = {outcome.epoch, Sequence(outcome.next.value - 1), {}, true};
  Claimed told = outcome;
  if (options_.bug == LaneBug::answers_during_lease) told.earlier_lease_ms = 0;
  if (options_.bug == LaneBug::waits_for_own_lease && told.earlier_lease_ms > 0)
    told.earlier_lease_ms = lease_ms_;
  listener_->claimed(told);
}

void SpoiledLog::claim_refused(const ClaimRefused& outcome) {
  trace("is refused: " + outcome.message);
  listener_->claim_refused(outcome);
}

void SpoiledLog::counted(const Counted& outcome) {
  const auto own = own_.find(outcome.shard);
  if (own != own_.end()) {
    auto& turns = own->second.turns;
    turns.erase(turns.begin(), turns.upper_bound(outcome.through.value));
  }
  trace("counts " + std::to_string(outcome.shard.type.value % 10) + "/" +
        std::to_string(outcome.shard.shard.value) + " " + std::to_string(outcome.epoch.value) + ":" +
        std::to_string(outcome.through.value));
  listener_->counted(outcome);
}

void SpoiledLog::failed(const Failed& outcome) {
  trace("loses " + std::to_string(outcome.shard.shard.value) + ": " + outcome.message);
  const auto own = own_.find(outcome.shard);
  if (own != own_.end()) {
    keep_void(outcome.shard, own->second);
    own_.erase(own);
  }
  listener_->failed(outcome);
}

void SpoiledLog::shard_closed(LogShard shard) {
  own_.erase(shard);
  listener_->shard_closed(shard);
}

bool SpoiledLog::spoils_records() const {
  return options_.bug == LaneBug::forgets_emits || options_.bug == LaneBug::forgets_positions ||
         options_.bug == LaneBug::believes_new_topics;
}

void SpoiledLog::read_chunk(const ReadChunk& chunk) {
  if (options_.trace) {
    std::string_view rest = chunk.bytes;
    while (const auto record = take_record(rest))
      options_.trace("reads " + text_of(decoder_.decode(*record).value()));
  }
  if (!spoils_records()) return listener_->read_chunk(chunk);
  std::string& bytes = spoiled_chunks_[chunk.id];
  std::string_view rest = chunk.bytes;
  while (const auto record = take_record(rest)) bytes += spoiled(*record);
  listener_->read_chunk({chunk.shard, bytes, chunk.records, chunk.id});
}

void SpoiledLog::read_end(const ReadEnd& outcome) {
  const auto own = own_.find(outcome.shard);
  const auto found = options_.void_records->find(outcome.shard);
  if (own != own_.end() && std::exchange(own->second.is_recovering, false) &&
      options_.bug == LaneBug::recovers_uncounted && found != options_.void_records->end()) {
    listener_->read_chunk({outcome.shard, found->second, 1, void_chunk_id});
  }
  listener_->read_end(outcome);
}

std::string SpoiledLog::spoiled(std::string_view bytes) {
  auto record = decoder_.decode(bytes);
  SHOAL_ASSERT(record.has_value());
  RecordBody& body = record.value().body;
  if (auto* turn = std::get_if<Turn>(&body)) spoil(turn->effects);
  if (auto* states = std::get_if<States>(&body)) spoil(states->effects);
  if (auto* part = std::get_if<CheckpointPart>(&body)) {
    if (options_.bug == LaneBug::forgets_emits) part->emits = {};
    progress_.assign(part->sources.begin(), part->sources.end());
    if (options_.bug == LaneBug::forgets_positions) progress_.clear();
    for (SourceProgress& progress : progress_) spoil(progress.last);
    part->sources = progress_;
  }
  return bytes_of(record.value().header, body);
}

void SpoiledLog::spoil(Effects& effects) {
  if (options_.bug == LaneBug::forgets_emits) effects.emits = {};
  positions_.assign(effects.sources.begin(), effects.sources.end());
  if (options_.bug == LaneBug::forgets_positions) positions_.clear();
  for (SourcePosition& position : positions_) spoil(position);
  effects.sources = positions_;
}

// As if the record had always been what the topic has there now.
void SpoiledLog::spoil(SourcePosition& position) const {
  if (options_.bug != LaneBug::believes_new_topics) return;
  for (const auto& [key, log] : options_.topics->partitions()) {
    const bool is_it = type_number(key.first).value == position.source && key.second == position.partition;
    if (!is_it || position.offset >= static_cast<std::int64_t>(log.records.size())) continue;
    const SourceRecord& now = log.records[static_cast<std::size_t>(position.offset)];
    shoal_record record{};
    record.key = to_bytes(std::string_view(now.key));
    record.value = to_bytes(std::string_view(now.value));
    position.timestamp_ms = now.timestamp_ms;
    position.crc = lanes::record_crc(record);
  }
}

}  // namespace shoal::sim
