// States of a shard's entities that are not in memory as objects: how they come into the state store, into
// the checkpoints of the log, and back.

#include <algorithm>
#include <utility>

#include "host/lanes/shard_receive.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kWriteBytes = 4 * 1024 * 1024;

}  // namespace

journal::StoreShard Shard::store_shard() const {
  return {options_.journal->log_shard(), options_.journal->ownership()};
}

void Shard::open_store(const journal::Claimed& outcome) {
  if (!stored_.has_store()) return options_.journal->read();
  mark_ = {};
  mark_.epoch = outcome.epoch;
  if (!outcome.epochs.empty()) mark_.owner = outcome.epochs.back().owner;
  options_.surroundings->store->open(store_shard(), outcome.epochs);
}

void Shard::store_opened(const std::optional<journal::StoreMark>& mark) {
  is_store_open_ = true;
  if (mark) {
    mark_.checkpoint_begin = mark->checkpoint_begin;
    mark_.checkpoint_end = mark->checkpoint_end;
  }
  options_.journal->read();
}

void Shard::forget_store() {
  is_store_open_ = false;
  said_checkpoint_.reset();
  to_fetch_.clear();
  deferred_.clear();
  deferred_ids_.clear();
}

// --- into the store

void Shard::keep_state(journal::ReadState state, std::uint64_t hash, std::uint64_t needs) {
  stored_.put(std::make_shared<const journal::ReadState>(std::move(state)), hash, needs);
  if (needs == StoredStates::not_appended && stored_.has_store() && !std::exchange(is_to_stamp_, true))
    options_.surroundings->to_stamp.push_back(this);
}

void Shard::stamp_states() {
  is_to_stamp_ = false;
  stored_.stamp(options_.journal->appended());
}

// The mark follows a checkpoint when all that it said, and the store did not have, is in the same write or an
// earlier one.
void Shard::write_states() {
  if (!is_store_open_) return;
  while (write_some()) {
  }
}

bool Shard::write_some() {
  const std::uint64_t counted = options_.journal->counted();
  journal::StoreWrite write;
  bool is_due = stored_.next_write(counted, kWriteBytes, writes_ + 1, write.states);
  if (said_checkpoint_ && said_checkpoint_->end.value <= counted &&
      stored_.given_out(said_checkpoint_->puts)) {
    mark_.checkpoint_begin = said_checkpoint_->begin;
    mark_.checkpoint_end = said_checkpoint_->end;
    said_checkpoint_.reset();
    is_due = true;
  }
  if (!is_due) return false;
  mark_.counted = journal::Sequence{counted};
  write.of = store_shard();
  write.number = ++writes_;
  write.mark = mark_;
  options_.surroundings->store->write(std::move(write));
  return true;
}

// --- into a checkpoint

// The state stands in the log once more, and in the store when that counts.
void Shard::say(const journal::SharedState& state, std::uint64_t hash) {
  options_.journal->append_snapshot(state->entity, state->revision, state->version, state->bytes);
  if (stored_.has_store()) {
    stored_.put(state, hash, options_.journal->appended());
  } else {
    stored_.activated(state->entity);
  }
}

// Entities that are not active, for about so many bytes; true when all have been said. What is on its way
// into the store when the walk begins is in the walk.
bool Shard::say_inactive(std::size_t bytes) {
  if (checkpoint_.step == CheckpointStep::active) {
    checkpoint_.step = CheckpointStep::settling;
    checkpoint_.puts = stored_.puts();
    if (!stored_.has_store())
      stored_.for_each([&](const auto& state) { checkpoint_.in_memory.push_back(state.entity); });
  }
  if (!stored_.has_store()) {
    for (std::size_t said = 0; said < bytes && !checkpoint_.in_memory.empty();) {
      const journal::SharedState state = stored_.find(checkpoint_.in_memory.back());
      checkpoint_.in_memory.pop_back();
      if (state == nullptr) continue;
      options_.journal->append_snapshot(state->entity, state->revision, state->version, state->bytes);
      said += state->bytes.size();
    }
    return checkpoint_.in_memory.empty();
  }
  if (checkpoint_.step == CheckpointStep::settling && !stored_.given_out(checkpoint_.puts)) return false;
  if (checkpoint_.step == CheckpointStep::walked) say_chunk();
  if (checkpoint_.step == CheckpointStep::said) return true;
  if (checkpoint_.step != CheckpointStep::walking) {
    checkpoint_.step = CheckpointStep::walking;
    options_.surroundings->store->walk(store_shard(), bytes);
  }
  return false;
}

void Shard::states_walked(const journal::StatesWalked& outcome) {
  if (checkpoint_.step != CheckpointStep::walking) return;
  checkpoint_.step = CheckpointStep::walked;
  checkpoint_.chunk = outcome.states;
  checkpoint_.is_last_chunk = outcome.is_end;
}

// Those that are active have been said as they are now.
void Shard::say_chunk() {
  for (const journal::ReadState& state : std::exchange(checkpoint_.chunk, {})) {
    const Entity* entity = entities_.find(state.entity, hash_of(state.entity));
    if (entity != nullptr && is_made(*entity)) continue;
    options_.journal->append_snapshot(state.entity, state.revision, state.version, state.bytes);
  }
  checkpoint_.step = checkpoint_.is_last_chunk ? CheckpointStep::said : CheckpointStep::settling;
}

// --- and back

// Whether the store has to be asked for its state first.
bool Shard::is_in_store(const Entity* entity, std::string_view id, std::uint64_t hash) const {
  const Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
  return (attachment == nullptr || attachment->returned == nullptr) && stored_.is_in_store(id, hash);
}

// What comes for it waits from now on.
Entity& Shard::fetch(Entity* entity, std::string_view id, std::uint64_t hash) {
  if (entity == nullptr) entity = &insert(id, hash);
  attach(*entity).mode = EntityMode::returning;
  if (to_fetch_.empty()) options_.surroundings->to_fetch.push_back(this);
  to_fetch_.emplace_back(id);
  return *entity;
}

void Shard::fetch_states() {
  if (!to_fetch_.empty()) options_.surroundings->store->read(store_shard(), std::exchange(to_fetch_, {}));
}

void Shard::states_fetched(Turn& turn, const journal::StatesRead& outcome) {
  static const auto nothing = std::make_shared<const journal::ReadState>();
  const bool is_recovery = !is_open();
  for (const auto& [id, state] : outcome.states) {
    const std::uint64_t hash = hash_of(id);
    if (is_recovery) {
      const journal::SharedState known = stored_.find(id);
      if (state != nullptr && (known == nullptr || known->revision < state->revision))
        stored_.put(state, hash, 1);
      continue;
    }
    Entity* entity = entities_.find(id, hash);
    const Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
    if (attachment == nullptr || attachment->mode != EntityMode::returning) continue;
    returned(turn, *entity, state == nullptr ? nothing : state);
  }
  if (!is_recovery) return;
  deferred_ids_.clear();
  journal::RecordDecoder decoder;
  for (const std::string& bytes : std::exchange(deferred_, {})) {
    const auto record = decoder.decode(bytes);
    SHOAL_ASSERT(record);
    replay_events(turn, std::get<journal::Turn>(record.value().body));
  }
}

// An entity for which no message waits becomes active at once: something else wants it.
void Shard::returned(Turn& turn, Entity& entity, journal::SharedState state) {
  Attachment& attachment = *attachment_of(entity);
  attachment.returned = std::move(state);
  attachment.mode = EntityMode::backing_off;
  attachment.mode_due = {};
  if (!attachment.waiting.empty()) return make_ready(entity);
  begin(turn, start_of(SHOAL_PHASE_RECEIVE, entity, 0));
  make_active(turn, entity);
}

// Whether the store has what the record says of entities, or something newer.
bool Shard::is_in_stored_checkpoint(const journal::Record& record) const {
  if (is_open()) return false;
  const bool is_snapshot = record.header.kind == journal::RecordKind::snapshot;
  return record.header.sequence <= (is_snapshot ? mark_.checkpoint_end : mark_.checkpoint_begin) &&
         mark_.checkpoint_end.value > 0;
}

// A turn that changes what only the store has, or may have, waits for it; so do all that follow of the same
// entity. One that leaves memory while the log is read may have come into the store since.
bool Shard::defer(const journal::Turn& record, std::string_view bytes) {
  if (is_open() || !stored_.has_store() || record.events.empty()) return false;
  if (!deferred_ids_.contains(std::string(record.entity))) {
    const std::uint64_t hash = hash_of(record.entity);
    const bool is_first = record.revision == record.events.size();
    const bool may_be_there = stored_.is_in_store(record.entity, hash) ||
                              (mark_.checkpoint_end.value > 0 && !is_first && !stored_.find(record.entity));
    if (!may_be_there || entities_.find(record.entity, hash) != nullptr) return false;
    deferred_ids_.emplace(record.entity);
  }
  deferred_.emplace_back(bytes);
  return true;
}

bool Shard::fetch_deferred() {
  if (deferred_.empty()) return false;
  options_.surroundings->store->read(store_shard(), {deferred_ids_.begin(), deferred_ids_.end()});
  return true;
}

}  // namespace shoal::lanes
