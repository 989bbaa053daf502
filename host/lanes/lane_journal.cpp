// The durable shards of a lane: how they get their logs, what waits until it counts, and what becomes of a
// shard that has lost its log.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "host/lanes/lane.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kHeldBytesMax = 32 * 1024 * 1024;
constexpr std::size_t kHeldBatchesMax = 64;
constexpr std::size_t kUnopenedBytesMax = 16 * 1024 * 1024;
constexpr std::chrono::nanoseconds kClaimAgainAfter = std::chrono::seconds(1);
constexpr auto kLastCountTimeout = std::chrono::seconds(12);
constexpr auto kCloseInterval = std::chrono::milliseconds(100);

}  // namespace

// So much waits to count, or the log has no room: nothing that may change a durable shard is begun.
bool Lane::held_is_full() const {
  return log_ != nullptr && (held_.bytes() >= kHeldBytesMax || held_.batches() >= kHeldBatchesMax ||
                             !log_->has_room() || store_is_full());
}

bool Lane::must_wait() const {
  return held_by_producer_ || held_is_full() || post_office_->blocked() || post_office_->local_is_full();
}

std::unique_ptr<ShardJournal> Lane::make_journal(const TypePlan& plan, ShardId shard) {
  if (plan.policy.durability == Durability::none) return nullptr;
  SHOAL_ASSERT(log_ != nullptr);
  ShardJournal::Options options;
  options.type = plan.type;
  options.shard = shard;
  options.remembers = plan.policy.remembers();
  options.takes_events = plan.policy.durability == Durability::events;
  options.log = log_.get();
  options.held = &held_;
  options.turn = &durable_turn_;
  options.sinks = &options_.sinks;
  options.lease_ns = std::chrono::nanoseconds(options_.lease).count();
  options.checkpoint_bytes = options_.checkpoint_bytes;
  options.type_index = plan.index;
  options.tell_times = options_.tell_times;
  options.tells_holding = &tells_holding_;
  return std::make_unique<ShardJournal>(std::move(options));
}

// The shard asks for its log, and gets a number that labels its emits.
void Lane::claim(Shard& shard) {
  ShardJournal& journal = *shard.journal();
  SHOAL_ASSERT(assignments_.size() < assignments_max);
  journal.set_assignment(assignments_.size());
  assignments_.push_back({nullptr, nullptr, &shard});
  by_log_[journal.log_shard()] = &shard;
  journal.claim();
}

bool Lane::run_journal() {
  if (log_ == nullptr) return false;
  const std::int64_t now_ns = steady_ns();
  begin_turns(now_ns);
  while (!claim_again_.empty() && claim_again_.front().first <= now_ns) {
    Shard* shard = claim_again_.front().second;
    claim_again_.pop_front();
    claim(*shard);
  }
  bool came = log_->poll(*this);
  if (store_ != nullptr && store_->poll(*this)) came = true;
  if (came) release();
  return came;
}

Shard* Lane::shard_of(const journal::LogShard& shard) const {
  const auto found = by_log_.find(shard);
  return found == by_log_.end() ? nullptr : found->second;
}

void Lane::claimed(const journal::Claimed& outcome) {
  Shard* shard = shard_of(outcome.shard);
  SHOAL_ASSERT(shard != nullptr);
  shard->journal()->claimed(outcome, steady_ns());
  shard->open_store(outcome);
}

void Lane::claim_refused(const journal::ClaimRefused& outcome) {
  Shard* shard = shard_of({journal::type_number(outcome.type), outcome.shard});
  SHOAL_ASSERT(shard != nullptr);
  const bool is_taken = outcome.reason == journal::ClaimRefusal::newer_claim;
  spdlog::error("type {} shard {}: its log cannot be had, {}: {}", outcome.type, outcome.shard.value,
                is_taken ? "the shard stays closed here" : "it is tried again", outcome.message);
  lose(*shard, is_taken ? After::nothing : After::claim);
}

void Lane::counted(const journal::Counted& outcome) {
  shard_of(outcome.shard)->journal()->counted(outcome.through);
}

void Lane::failed(const journal::Failed& outcome) {
  Shard* shard = shard_of(outcome.shard);
  SHOAL_ASSERT(shard != nullptr);
  // Who has taken it has a newer decision than this host could make.
  const bool is_taken = outcome.reason == journal::LogFailure::newer_claim;
  spdlog::error("type {} shard {}: its log is lost, {}: {}", shard->type().name, outcome.shard.shard.value,
                is_taken ? "the shard stays closed here" : "it is claimed again", outcome.message);
  lose(*shard, is_taken ? After::nothing : After::claim);
}

void Lane::read_chunk(const journal::ReadChunk& chunk) {
  Shard* shard = shard_of(chunk.shard);
  SHOAL_ASSERT(shard != nullptr);
  journal::EntityRecords* history = log_reads_.history_of(chunk.shard);
  // Once the entities have had their last turns, none is made again.
  std::string_view bytes = step() == LaneStep::runs ? chunk.bytes : std::string_view();
  while (const auto bytes_of_record = journal::take_record(bytes)) {
    if (history != nullptr) {
      history->record(chunk.shard, *bytes_of_record);
      continue;
    }
    const auto record = decoder_.decode(*bytes_of_record);
    if (!record) {
      spdlog::error(
          "type {} shard {}: its log holds a record that cannot be read, the shard stays closed: {}",
          shard->type().name, chunk.shard.shard.value, record.error().message);
      lose(*shard, After::nothing);
      break;
    }
    if (!shard->is_open() && !shard->journal()->is_recovering()) break;
    if (!shard->is_open()) shard->journal()->replayed(record.value(), bytes_of_record->size());
    shard->replay(turn_, record.value(), *bytes_of_record);
  }
  if (store_is_full()) {
    write_states();
    chunks_.push_back(chunk);
  } else {
    log_->give_back(chunk);
  }
}

void Lane::read_end(const journal::ReadEnd& outcome) {
  Shard* shard = shard_of(outcome.shard);
  SHOAL_ASSERT(shard != nullptr);
  if (log_reads_.end(outcome.shard)) return;
  if (shard->is_open()) return shard->reloaded(turn_);
  if (shard->journal()->is_recovering() && !shard->fetch_deferred()) open(*shard);
}

// All that its log holds is known: what waited for it may run.
void Lane::open(Shard& shard) {
  shard.journal()->recovered();
  shard.find_remembered(turn_);
  show_closed(-1);
  resending_.push_back(&shard);
  for (const auto& reader : readers_) {
    for (const auto& partition : reader->partitions()) {
      if (partition->shard == &shard) align(*reader, *partition);
    }
  }
  take_up_waiting(shard);
}

// What waited for the shard is run next, before what comes: or refused, where the shard stays closed.
void Lane::take_up_waiting(Shard& shard) {
  const auto waiting = unopened_.find(&shard);
  if (waiting == unopened_.end()) return;
  opened_.push_back(std::make_unique<Parcel>());
  opened_.back()->envelopes = std::move(waiting->second);
  unopened_.erase(waiting);
}

// A partition of a durable shard is read from where the shard's log says, whatever the group has.
void Lane::align(SourceReader& reader, LanePartition& partition) {
  ShardJournal* journal = partition.shard->journal();
  if (journal == nullptr || !journal->is_open()) return;
  partition.source_number = journal::type_number(partition.plan.topic).value;
  const auto* position = journal->positions().find(partition.source_number, partition.plan.partition);
  const Offset from = position == nullptr ? partition.plan.start : position->low;
  partition.replayed_up_to =
      position == nullptr || position->above.empty() ? from : Offset{position->above.back().value + 1};
  const bool is_known = assignments_[partition.assignment].partition == &partition;
  const bool has_last = position != nullptr && position->last.offset >= Offset{0};
  if (is_known && !has_last && partition.position == from && partition.ledger.window() == 0) return;
  SHOAL_ASSERT(assignments_.size() < assignments_max);
  reader.read_from(partition, from, has_last ? std::optional(position->last) : std::nullopt,
                   assignments_.size());
  assignments_.push_back({&reader, &partition, nullptr});
}

// Whether the shard's log has the record already: then it is not run again.
bool Lane::is_replayed(const LanePartition& partition, Offset offset) {
  if (offset >= partition.replayed_up_to) return false;
  const auto* position =
      partition.shard->journal()->positions().find(partition.source_number, partition.plan.partition);
  return position != nullptr && position->holds(offset);
}

// A message for a shard that is not open waits, in order, if the shard may yet open.
void Lane::run_unopened(Shard& shard, const Envelope& message) {
  if (shard.journal()->is_given_up()) {
    return refuse(message, DeadLetterReason::shard_lost,
                  "another host has the log of its shard, or it cannot be read: the host's log says which");
  }
  EnvelopeBuffer& waiting = unopened_[&shard];
  if (waiting.bytes() + message.size() > kUnopenedBytesMax)
    return refuse(message, DeadLetterReason::overloaded, "too many messages wait for the shard to recover");
  waiting.add(message);
}

// The lane ends.
void Lane::refuse_waiting() {
  for (auto& [shard, waiting] : std::exchange(unopened_, {})) {
    for (std::size_t at = 0; at < waiting.bytes(); at += waiting.at(at).size()) {
      refuse(waiting.at(at), DeadLetterReason::shard_lost, "the host ends before its shard had its log");
    }
  }
}

// Turns of durable shards have run: what they changed goes to the log, and what they sent waits for it.
void Lane::commit_batch() {
  acknowledge_tells();
  HeldOutputs::Batch& batch = held_.open();
  if (!batch.empty()) {
    for (HeldOutputs::Part& part : batch.parts) {
      if (part.ownership != part.journal->ownership()) continue;
      part.journal->batch_ended(part);
    }
    const std::int64_t now_ns = steady_ns();  // before: whatever comes between, the lease begins no later
    log_->commit();
    for (const HeldOutputs::Part& part : batch.parts) {
      if (part.ownership == part.journal->ownership()) part.journal->handed_over(now_ns);
    }
    held_.seal();
  }
  for (Shard* shard : std::exchange(surroundings_.to_stamp, {})) shard->stamp_states();
  for (Shard* shard : std::exchange(surroundings_.to_fetch, {})) shard->fetch_states();
  for (Shard* shard : std::exchange(surroundings_.to_reload, {})) {
    if (!shard->is_open() || !shard->wants_reload()) continue;
    shard->start_reload();
    log_reads_.begin_reload(shard->journal()->log_shard());
    log_->read(shard->journal()->log_shard(), journal::Sequence{1});
  }
}

// What counts leaves, in order. False while the producer has no room.
bool Lane::let_go() {
  while (!resending_.empty()) {
    Shard& shard = *resending_.front();
    if (shard.is_open() && !shard.journal()->resend(surroundings_.outputs)) break;
    resending_.pop_front();
  }
  if (held_.front() == nullptr) return true;
  const std::int64_t now_ns = steady_ns();
  while (HeldOutputs::Batch* batch = held_.front()) {
    bool lost = false;
    for (HeldOutputs::Part& part : batch->parts) {
      if (part.ownership != part.journal->ownership()) {
        lost = true;
      } else if (!part.journal->may_leave(part, now_ns)) {
        renew(part, now_ns);
        return true;
      }
    }
    if (lost) drop_lost(*batch);
    if (!release_outputs(batch->outputs.records)) return false;
    bring(batch->outputs.mail);
    for (const HeldOutputs::Records& records : batch->records) finish(records);
    held_.pop();
  }
  return true;
}

void Lane::renew(HeldOutputs::Part& part, std::int64_t now_ns) {
  if (!part.journal->renew(part, now_ns)) return;
  log_->commit();
  part.journal->handed_over(now_ns);
}

void Lane::finish(const HeldOutputs::Records& records) {
  const Origin& origin = assignments_[records.assignment];
  if (origin.partition == nullptr || origin.partition->assignment != records.assignment) return;
  for (std::uint64_t i = 0; i < records.count; ++i) {
    const Ticket ticket{records.first.value + i};
    const RecordEnd end = origin.partition->ledger.end(ticket);
    if (origin.partition->ledger.acknowledge(ticket)) origin.reader->finished(*origin.partition, end);
  }
}

// What shards have sent that lost their logs before it counted. Who waits for a reply is told.
void Lane::drop_lost(HeldOutputs::Batch& batch) {
  // `is_before(part)`: the part begins at or before the place that is asked for.
  const auto is_lost = [&batch](const auto& is_before) {
    const HeldOutputs::Part* of = nullptr;
    for (const HeldOutputs::Part& part : batch.parts) {
      if (is_before(part.begin)) of = &part;
    }
    return of != nullptr && of->ownership != of->journal->ownership();
  };
  Outputs kept;
  Outbox& records = batch.outputs.records;
  for (std::size_t at = records.taken(); !records.empty(); records.pop(), ++at) {
    if (!is_lost([at](const Outputs::Mark& begin) { return begin.records.records <= at; }))
      kept.records.add(records.front());
  }
  std::size_t at = 0;
  batch.outputs.mail.take_all([&](Envelope& envelope, const AskStart* start) {
    if (!is_lost([at](const Outputs::Mark& begin) { return begin.mail.envelope_bytes <= at; })) {
      kept.mail.add_copy(envelope, start);
    } else if (envelope.kind() == EnvelopeKind::reply) {
      reply_lost(envelope.reply_to());
    }
    at += envelope.size();
  });
  batch.outputs = std::move(kept);
}

void Lane::reply_lost(const ReplyAddress& address) {
  EnvelopeParts parts;
  parts.kind = EnvelopeKind::reply;
  parts.reply_to = address;
  parts.status = SHOAL_STATUS_FAILED;
  parts.from_host = true;
  parts.body = to_bytes(std::string_view(
      "the shard lost its log before the turn counted: it may have taken effect, ask for the state"));
  mail_.add_reply(parts);
}

// Nothing of the shard leaves any more. Its entities are thrown away, and its records are read again if it
// gets its log back.
void Lane::lose(Shard& shard, After after) {
  ShardJournal& journal = *shard.journal();
  if (journal.is_open()) show_closed(1);
  log_reads_.drop(journal.log_shard());
  journal.lose();
  forget(shard);
  if (after == After::claim) {
    claim_again_.emplace_back(steady_ns() + kClaimAgainAfter.count(), &shard);
    return;
  }
  journal.give_up();
  take_up_waiting(shard);
}

// The log still is the shard's. It is closed, and claimed anew then: so nothing that was asked of it before
// is taken for what comes of the new claim.
void Lane::make_again(Shard& shard) {
  ShardJournal& journal = *shard.journal();
  if (!journal.is_open() && !journal.is_recovering()) return;
  if (journal.is_open()) show_closed(1);
  log_reads_.drop(journal.log_shard());
  journal.leave();
  forget(shard);
}

void Lane::forget(Shard& shard) {
  assignments_[shard.journal()->assignment()] = {};
  if (running_ && running_->partition->shard == &shard) {
    running_->reader->release();
    running_.reset();
  }
  for (const auto& reader : readers_) {
    for (const auto& partition : reader->partitions()) {
      if (partition->shard != &shard) continue;
      assignments_[partition->assignment] = {};
      // What was taken finishes no more: nobody waits for it.
      partition->ledger = OffsetLedger(partition->ledger.committable());
      partition->kept_records = 0;
      partition->kept_bytes = 0;
    }
  }
  throw_away(shard);
}

void Lane::throw_away(Shard& shard) {
  shard.throw_away([this](const Kept& kept) {
    if (kept.record() == nullptr)
      refuse(kept.envelope(), DeadLetterReason::shard_lost,
             "it waited for an entity of a shard that lost its log");
  });
}

void Lane::show_closed(std::int64_t change) {
  auto& closed = counters_.shards_closed;
  closed.store(closed.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(change),
               std::memory_order_relaxed);
}

void Lane::shard_closed(journal::LogShard shard) {
  log_reads_.drop(shard);
  Shard& closed = *shard_of(shard);
  const bool claims_again = closed.journal()->is_leaving() && step() == LaneStep::runs;
  closed.journal()->closed();
  if (!claims_again) return;
  closed.journal()->lose();
  claim(closed);
}

void Lane::disk_full(const std::string& message) {
  counters_.log_full.store(1, std::memory_order_relaxed);
  spdlog::error("lane {}: {}", options_.index.value, message);
}

void Lane::disk_has_room() {
  counters_.log_full.store(0, std::memory_order_relaxed);
  spdlog::info("lane {}: the journal has room again", options_.index.value);
}

// After the last turns: what they left counts and has gone, and the logs say that nobody answers for them
// here.
void Lane::close_logs() {
  if (log_ == nullptr) return;
  const auto until = options_.clock.now() + kLastCountTimeout;
  commit_batch();
  const auto all_closed = [this] {
    return std::none_of(by_log_.begin(), by_log_.end(), [](const auto& entry) {
      const ShardJournal::Phase phase = entry.second->journal()->phase();
      return phase == ShardJournal::Phase::open || phase == ShardJournal::Phase::closing;
    });
  };
  while (options_.clock.now() < until && !(held_.empty() && all_closed())) {
    log_->poll(*this);
    let_go();
    if (held_.empty()) {
      for (const auto& [key, shard] : by_log_) {
        if (shard->is_open()) shard->journal()->close(steady_ns());
      }
    }
    wait(kCloseInterval, WakeFor::no_messages);
  }
}

}  // namespace shoal::lanes
