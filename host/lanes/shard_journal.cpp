#include "host/lanes/shard_journal.hpp"

#include <spdlog/spdlog.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "host/modules/entity_state.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kClockDrift = 16;  // a host's clock runs slower by one part in so many at most
constexpr std::size_t kStagedShare = 8;   // of a record, that may be staged when a turn begins
constexpr std::size_t kBytesBeside = 96;  // of a state, its emits and its position in a record, at most

std::optional<std::string_view> view_of(shoal_bytes bytes) {
  return is_null(bytes) ? std::nullopt : std::optional(to_view(bytes));
}

std::vector<journal::OffsetRange> ranges_of(const SourcePositions::Position& position) {
  std::vector<journal::OffsetRange> ranges;
  for (const Offset offset : position.above) {
    if (ranges.empty() || ranges.back().end != offset.value) ranges.push_back({offset.value, offset.value});
    ++ranges.back().end;
  }
  return ranges;
}

RecordMark mark_of(const journal::SourcePosition& position) {
  return {Offset{position.offset}, position.timestamp_ms, position.crc};
}

// What says once more what the log has already.
bool is_of_checkpoint(const journal::RecordBody& body) {
  const journal::RecordKind kind = journal::kind_of(body);
  return kind == journal::RecordKind::snapshot || kind == journal::RecordKind::checkpoint_begin ||
         kind == journal::RecordKind::checkpoint_part || kind == journal::RecordKind::checkpoint_end;
}

Outputs::Mark beginning_of(const Turn& turn) { return turn.sends() ? turn.sending_from() : turn.mark_now(); }

}  // namespace

std::uint64_t state_hash(std::string_view state) { return XXH3_64bits(state.data(), state.size()); }

ShardJournal::ShardJournal(Options options)
    : options_(std::move(options)),
      log_shard_{journal::type_number(options_.type->name), options_.shard},
      tells_({options_.type->name, options_.type_index, options_.shard, options_.tell_times,
              options_.tells_holding},
             positions_),
      checkpoint_bytes_(options_.checkpoint_bytes) {}

void ShardJournal::claim() {
  SHOAL_ASSERT(phase_ == Phase::lost);
  phase_ = Phase::claiming;
  const auto lease_ms = static_cast<std::uint32_t>(options_.lease_ns / kNsPerMs);
  options_.log->claim({options_.type->name, options_.shard, std::nullopt, lease_ms});
}

void ShardJournal::claimed(const journal::Claimed& outcome, std::int64_t now_ns) {
  SHOAL_ASSERT(phase_ == Phase::claiming);
  phase_ = Phase::recovering;
  next_ = outcome.next.value;
  counted_ = next_ - 1;
  batch_from_ = next_;
  checkpoint_end_ = 0;
  emits_ = OffsetLedger(Offset{static_cast<std::int64_t>(next_)});
  // Whoever had the log may answer for as long as its lease runs, which a `leave` does not change.
  answers_from_ns_ = std::max(answers_from_ns_, now_ns + outcome.earlier_lease_ms * kNsPerMs);
  lease_until_ns_ = 0;
}

void ShardJournal::recovered() {
  SHOAL_ASSERT(phase_ == Phase::recovering);
  phase_ = Phase::open;
  tells_.windows().recovered();
  // What was written before may stand in files of owners that are gone: a checkpoint lets go of them.
  checkpoint_bytes_ = bytes_since_ > 0 ? 1 : options_.checkpoint_bytes;
  // What is sent again has its places before all that is to come.
  if (pending_.empty()) return;
  emits_ = OffsetLedger(Offset{static_cast<std::int64_t>(pending_.front().id.sequence.value)});
  next_resent_ = emits_.next_ticket();
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    const auto end = end_of_record(pending);
    emits_.add(Offset{static_cast<std::int64_t>(pending->id.sequence.value)},
               static_cast<std::uint32_t>(end - pending), RecordEnd::done);
    pending = end;
  }
}

void ShardJournal::counted(journal::Sequence through) {
  counted_ = std::max(counted_, through.value);
  while (!handed_over_.empty() && handed_over_.front().sequence <= counted_) {
    lease_until_ns_ = handed_over_.front().at_ns + options_.lease_ns - options_.lease_ns / kClockDrift;
    handed_over_.pop_front();
  }
}

void ShardJournal::lose() {
  phase_ = Phase::lost;
  is_leaving_ = false;
  ++ownership_;
  lease_until_ns_ = 0;
  handed_over_.clear();
  positions_.clear();
  reminders_.clear();
  remembered_.clear();
  started_.clear();
  stopped_.clear();
  pending_.clear();
  tells_.clear();
  checkpoint_begin_.reset();
  bytes_since_ = 0;
  staged_.clear();
  staged_bytes_.clear();
  clear_effects();
}

void ShardJournal::give_up() {
  SHOAL_ASSERT(phase_ == Phase::lost);
  phase_ = Phase::given_up;
}

void ShardJournal::close(std::int64_t now_ns) {
  SHOAL_ASSERT(phase_ == Phase::open);
  if (now_ns < answers_from_ns_) return closed();
  phase_ = Phase::closing;
  options_.log->close(log_shard_);
}

void ShardJournal::leave() {
  SHOAL_ASSERT(phase_ == Phase::open || phase_ == Phase::recovering);
  lose();
  is_leaving_ = true;
  phase_ = Phase::closing;
  options_.log->close(log_shard_);
}

// What the turn emits is named by the record it will be in: that one is not cut off any more before it ends.
std::uint64_t ShardJournal::begin(Turn& turn) {
  if (staged_size_ > options_.log->record_bytes_max() / kStagedShare) append_states();
  turn.send_to(options_.held->open().outputs, options_.turn);
  options_.turn->number_emits(options_.shard, next_, staged_emit_count_);
  options_.turn->begin(*options_.type, reminders_);
  options_.turn->send_tells_to(tells_.windows());
  return tag_of(assignment_, emits_.next_ticket().value);
}

shoal_status ShardJournal::turn_ended(Turn& turn, std::string_view id, const void* slot,
                                      DurableState& state) {
  if (options_.turn->has_failed()) return SHOAL_STATUS_FAILED;
  const std::uint64_t next = next_;
  const shoal_status status =
      options_.takes_events ? append_turn(turn, id, state) : stage(turn, id, slot, state);
  if (status != SHOAL_STATUS_OK) return status;
  options_.turn->clear();
  if (options_.remembers && !std::exchange(state.is_remembered, true)) [[unlikely]]
    remember(id, options_.takes_events ? next_ != next : state.staged > staged_from_);
  if (turn.sends() || has_staged() || !started_.empty())
    options_.held->add_part(*this, ownership_, beginning_of(turn));
  turn.sent_is_recorded();
  return SHOAL_STATUS_OK;
}

shoal_status ShardJournal::append_turn(Turn& turn, std::string_view id, DurableState& state) {
  const DurableTurn& recorded = *options_.turn;
  const std::uint32_t emits = turn.emits();
  const bool takes = takes_tell(turn);
  if (recorded.events().empty() && recorded.reminders() == 0 && emits + recorded.tells() == 0 && !takes)
    return SHOAL_STATUS_OK;
  const shoal_entity_type& abi = *options_.type->abi;
  events_.clear();
  for (const DurableTurn::Event& event : recorded.events()) {
    const modules::EventTable::Identity& identity = options_.type->events[event.index];
    events_.push_back({identity.number, identity.version, recorded.bytes_of(event)});
  }
  staged_now_ms_ = turn.abi()->now_ns / kNsPerMs;
  if (emits > 0) staged_emits_.push_back({turn.sending_from().records, emits});
  stage_reminders(id);
  add_position(turn);
  if (recorded.tells() > 0) tells_.collect(turn);
  const journal::RecordBody body =
      journal::Turn{id, state.revision + events_.size(), abi.state_version, events_, effects()};
  const std::size_t bytes_max = options_.log->record_bytes_max();
  const bool fits =
      journal::encoded_bytes_max(body) <= bytes_max || journal::encoded_bytes(body) <= bytes_max;
  if (fits) {
    state.revision += events_.size();
    append(body);
    hold_staged();
    keep_reminders(id);
    if (takes) hold_tell(turn.message()->tell_mark());
    if (emits > 0) emits_.add(Offset{static_cast<std::int64_t>(next_ - 1)}, emits, RecordEnd::done);
  } else {
    tells_.take_back();
    turn.set_error("what the turn recorded and sent is more than a record of the log holds");
  }
  clear_effects();
  if (!fits) return SHOAL_STATUS_TOO_LARGE;
  options_.held->add_part(*this, ownership_, beginning_of(turn));
  return SHOAL_STATUS_OK;
}

// The state as the turn left it, for the record of the batch. What has not changed is not written.
shoal_status ShardJournal::stage(Turn& turn, std::string_view id, const void* slot, DurableState& state) {
  const std::size_t room = options_.log->record_bytes_max() / 2;
  std::size_t at = staged_bytes_.size();
  const shoal_status status = modules::save_state(*options_.type, slot, room, staged_bytes_);
  if (status != SHOAL_STATUS_OK) {
    turn.set_error(
        "the state cannot be written: `save` failed, or it is more than a record of the log holds");
    return status;
  }
  const std::size_t size = staged_bytes_.size() - at;
  const std::uint64_t hash = state_hash({reinterpret_cast<const char*>(staged_bytes_.data()) + at, size});
  const std::uint32_t emits = turn.emits();
  const DurableTurn& recorded = *options_.turn;
  const bool changed = state.revision == 0 || hash != state.saved_hash;
  const bool takes = takes_tell(turn);
  if (!changed) staged_bytes_.resize(at);
  if (!changed && emits + recorded.reminders() + recorded.tells() == 0 && !takes) return SHOAL_STATUS_OK;
  const std::size_t effect_bytes =
      recorded.reminder_bytes() + recorded.tell_bytes() + (emits == 0 ? 0 : turn.bytes_emitted());
  const std::size_t room_of_emitting = options_.log->record_bytes_max() / 4 * 3;
  if (effect_bytes > room || (emits > 0 && size + effect_bytes > room_of_emitting)) {
    turn.set_error("what the turn sent and its reminders are more than a record of the log holds");
    staged_bytes_.resize(at);
    return SHOAL_STATUS_TOO_LARGE;
  }
  // A record of the log is all or nothing, and so is what it says: states, positions and emits of whole
  // turns.
  if (emits == 0 && staged_size_ + size + effect_bytes > room) {
    saved_.assign(staged_bytes_.data() + at, staged_bytes_.data() + staged_bytes_.size());
    append_states();
    staged_bytes_.swap(saved_);
    at = 0;
  }
  staged_size_ += size + effect_bytes + id.size() + kBytesBeside;
  staged_now_ms_ = turn.abi()->now_ns / kNsPerMs;
  stage_reminders(id);
  keep_reminders(id);
  add_position(turn);
  if (takes) hold_tell(turn.message()->tell_mark());
  if (recorded.tells() > 0) tells_.collect(turn);
  if (emits > 0) {
    staged_emits_.push_back({turn.sending_from().records, emits});
    staged_emit_count_ += emits;
  }
  if (!changed) return SHOAL_STATUS_OK;
  state.saved_hash = hash;
  if (state.staged > staged_from_) {
    StagedState& staged = staged_[state.staged - staged_from_ - 1];
    staged.at = at;
    staged.size = size;
  } else {
    staged_.push_back({std::string(id), ++state.revision, at, size});
    state.staged = staged_from_ + staged_.size();
  }
  return SHOAL_STATUS_OK;
}

std::optional<shoal_bytes> ShardJournal::staged_state(const DurableState& state) const {
  if (state.staged <= staged_from_) return std::nullopt;
  const StagedState& staged = staged_[state.staged - staged_from_ - 1];
  return shoal_bytes{staged_bytes_.data() + staged.at, staged.size};
}

void ShardJournal::append_states() {
  if (!has_staged()) return;
  const std::string_view bytes(reinterpret_cast<const char*>(staged_bytes_.data()), staged_bytes_.size());
  const std::uint32_t version = options_.type->abi->state_version;
  state_views_.clear();
  for (const StagedState& staged : staged_) {
    state_views_.push_back({staged.id, staged.revision, version, bytes.substr(staged.at, staged.size)});
  }
  append(journal::States{state_views_, effects()});
  hold_staged();
  if (staged_emit_count_ > 0)
    emits_.add(Offset{static_cast<std::int64_t>(next_ - 1)}, staged_emit_count_, RecordEnd::done);
  staged_from_ += staged_.size();
  staged_.clear();
  staged_bytes_.clear();
  clear_effects();
}

void ShardJournal::batch_ended(HeldOutputs::Part& part) {
  append_states();
  append_remembered();
  part.needs = next_ - 1;
  part.appended = next_ != batch_from_;
}

bool ShardJournal::renew(HeldOutputs::Part& part, std::int64_t now_ns) {
  if (counted_ < part.needs || now_ns < answers_from_ns_) return false;
  append(journal::Renew{emits_done()});
  part.needs = next_ - 1;
  part.appended = true;
  return true;
}

void ShardJournal::handed_over(std::int64_t now_ns) {
  if (next_ == batch_from_) return;
  handed_over_.push_back({next_ - 1, now_ns});
  batch_from_ = next_;
}

bool ShardJournal::may_leave(const HeldOutputs::Part& part, std::int64_t now_ns) const {
  return counted_ >= part.needs && now_ns >= answers_from_ns_ && (part.appended || now_ns < lease_until_ns_);
}

void ShardJournal::append(const journal::RecordBody& body) {
  std::size_t& bytes = is_of_checkpoint(body) ? checkpoint_said_ : bytes_since_;
  bytes += journal::encoded_bytes(body);
  const journal::Sequence sequence = options_.log->append(log_shard_, body);
  SHOAL_ASSERT(sequence.value == next_);
  ++next_;
}

void ShardJournal::want_checkpoint() {
  if (!checkpoint_begin_ && counted_ >= checkpoint_end_) checkpoint_bytes_ = 0;
}

void ShardJournal::begin_checkpoint() {
  bytes_since_ = 0;
  checkpoint_said_ = 0;
  checkpoint_begin_ = journal::Sequence{next_};
  append(journal::CheckpointBegin{});
  if (options_.remembers) remembered_.begin_walk();
  reminders_.begin_walk();
}

void ShardJournal::append_snapshot(std::string_view id, std::uint64_t revision, std::uint32_t version,
                                   std::string_view state) {
  append(journal::Snapshot{{id, revision, version, state}, options_.type->generation->version()});
}

bool ShardJournal::end_checkpoint() {
  if (!say_remembered() || !say_reminders()) return false;
  if (emits_.unfinished() > 0 &&
      emits_.committable().value < static_cast<std::int64_t>(checkpoint_begin_->value)) {
    return false;
  }
  tells_.windows().say(positions_);
  std::vector<journal::SourceProgress> sources;
  std::vector<std::vector<journal::OffsetRange>> above;
  above.reserve(positions_.all().size());  // spans into it stay good
  for (const SourcePositions::Position& position : positions_.all()) {
    above.push_back(ranges_of(position));
    const RecordMark& mark = position.last;
    const journal::SourcePosition last{position.source,    position.partition.value, mark.offset.value,
                                       position.low.value, mark.timestamp_ms,        mark.crc};
    sources.push_back({last, above.back()});
  }
  append(journal::CheckpointPart{sources, {}, {}});
  append_tell_parts();
  append(journal::CheckpointEnd{*checkpoint_begin_});
  checkpoint_begin_.reset();
  checkpoint_end_ = next_ - 1;
  checkpoint_took_ = checkpoint_said_;
  // A shard that has more to say says it less often: checkpoints are a third of what is written at most.
  checkpoint_bytes_ = std::max(options_.checkpoint_bytes, 2 * checkpoint_said_);
  return true;
}

// Of the records and turns since the last append.
journal::Effects ShardJournal::effects() {
  emit_views_.clear();
  header_views_.clear();
  Outbox& records = options_.held->open().outputs.records;
  std::size_t headers = 0;
  for (const StagedEmits& staged : staged_emits_) {
    records.for_each(staged.from, staged.count,
                     [&headers](const OutboxRecord& record) { headers += record.headers.size(); });
  }
  header_views_.reserve(headers + tells_.staged() * tell_headers_max);  // spans into it stay good
  for (const StagedEmits& staged : staged_emits_) {
    records.for_each(staged.from, staged.count, [this](const OutboxRecord& record) { add_emit(record); });
  }
  tells_.add_emits(journal::Sequence{next_}, emit_views_, header_views_);
  if (const auto note = tells_.windows().take_note()) staged_positions_.push_back(*note);
  reminder_views_.clear();
  for (const StagedReminder& staged : staged_reminders_)
    reminder_views_.push_back({staged.entity, staged.name, staged.due_ms, staged.content});
  journal::Effects effects;
  effects.now_ms = staged_now_ms_;
  effects.module_version = options_.type->generation->version();
  effects.sources = staged_positions_;
  effects.emits = emit_views_;
  effects.reminders = reminder_views_;
  effects.emits_done = emits_done();
  return effects;
}

void ShardJournal::clear_effects() {
  staged_emits_.clear();
  staged_positions_.clear();
  staged_reminders_.clear();
  tells_.recorded();
  staged_emit_count_ = 0;
  staged_size_ = 0;
}

void ShardJournal::add_emit(const OutboxRecord& record) {
  const std::size_t first = header_views_.size();
  for (const shoal_header& header : record.headers)
    header_views_.push_back({to_view(header.name), view_of(header.value)});
  journal::Emit emit;
  emit.sink = (*options_.sinks)[record.output];
  emit.key = view_of(record.key);
  emit.value = view_of(record.value);
  emit.headers = std::span(header_views_).subspan(first);
  emit.timestamp_ms = record.timestamp_ms;
  emit_views_.push_back(emit);
}

// Where the turn's record or reliable tell is, if one caused it.
void ShardJournal::add_position(Turn& turn) {
  if (turn.stashes()) return;  // it has not finished
  if (takes_tell(turn)) stage(position_of(turn.message()->tell_mark()));
  const shoal_record* record = turn.abi()->record;
  if (record == nullptr) return;
  const DurableTurn::SourceMark& source = options_.turn->source();
  stage({source.source, record->partition, record->offset, source.finished_below.value, record->timestamp_ms,
         record_crc(*record)});
}

// Those that follow each other are one run.
void ShardJournal::stage(const journal::SourcePosition& position) {
  if (!staged_positions_.empty()) {
    journal::SourcePosition& last = staged_positions_.back();
    if (last.source == position.source && last.partition == position.partition &&
        last.offset + 1 == position.offset) {
      last.offset = position.offset;
      last.finished_below = position.finished_below;
      last.timestamp_ms = position.timestamp_ms;
      last.crc = position.crc;
      ++last.before;
      return;
    }
  }
  staged_positions_.push_back(position);
}

void ShardJournal::hold_staged() {
  for (const journal::SourcePosition& position : staged_positions_) hold(position);
}

void ShardJournal::hold(const journal::SourcePosition& position) {
  const Partition partition{position.partition};
  positions_.add_run(position.source, partition, Offset{position.offset - position.before},
                     Offset{position.offset});
  positions_.add(position.source, partition, mark_of(position), Offset{position.finished_below});
}

void ShardJournal::replay(const journal::RecordHeader& header, const journal::Effects& effects) {
  for (const journal::SourcePosition& position : effects.sources) hold(position);
  std::uint32_t index = 0;
  for (const journal::Emit& emit : effects.emits) keep_pending({header.sequence, index++}, emit);
  replay(effects.reminders);
  replay_emits_done(effects.emits_done);
}

void ShardJournal::replay_emits_done(const std::optional<journal::EmitId>& done) {
  if (!done) return;
  while (!pending_.empty() && pending_.front().id <= *done) pending_.pop_front();
}

void ShardJournal::replay(const journal::CheckpointPart& part) {
  for (const journal::SourceProgress& progress : part.sources) {
    const Partition partition{progress.last.partition};
    positions_.finished_below(progress.last.source, partition, Offset{progress.last.finished_below},
                              mark_of(progress.last));
    for (const journal::OffsetRange& range : progress.finished_above)
      positions_.add_run(progress.last.source, partition, Offset{range.first}, Offset{range.end});
  }
  for (const journal::PendingEmit& pending : part.emits) keep_pending(pending.id, pending.emit);
  replay(part.reminders);
}

}  // namespace shoal::lanes
