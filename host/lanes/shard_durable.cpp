// Entities of a durable type: how what the log holds makes them again, where they are while they are not
// active, and what they were before a turn that failed.

#include <spdlog/spdlog.h>

#include <utility>

#include "host/lanes/shard_receive.hpp"
#include "host/modules/entity_state.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

Entity& Shard::insert(std::string_view id, std::uint64_t hash) {
  Entity& entity = entities_.insert(id, hash);
  if (options_.journal) durable(entity) = {};
  return entity;
}

// A turn of a durable entity, or the first one after such a turn that is of none: where it sends.
void Shard::begin_near_log(Turn& turn) const {
  if (options_.journal) return turn.set_tag(options_.journal->begin(turn));
  turn.send_to(options_.surroundings->outputs, nullptr);
}

// An object of the entity is in its slot. False where it cannot have the state that it had.
bool Shard::enter_durable(Turn& turn, Entity& entity, bool is_new) {
  if (is_new && !bring_back(turn, entity)) return false;
  options_.journal->enter(entities_.slot(entity));
  return true;
}

// What the turn has done goes to the log. Requires: there is an object in the slot.
shoal_status Shard::record(Turn& turn, Entity& entity) {
  return options_.journal->turn_ended(turn, entity.id(), entities_.slot(entity), durable(entity));
}

// Gives a new object the state its entity had when it left memory. False where it cannot read it: then there
// is no object.
bool Shard::bring_back(Turn& turn, Entity& entity) {
  const auto found = stored_.find(std::string(entity.id()));
  if (found == stored_.end()) {
    durable(entity) = {};
    return true;
  }
  const Stored& stored = found->second;
  durable(entity) = {stored.revision, stored.saved_hash, 0};
  const shoal_bytes bytes{stored.bytes.data(), stored.bytes.size()};
  const shoal_status status =
      modules::load_state(*options_.type, entities_.slot(entity), stored.version, bytes);
  if (status != SHOAL_STATUS_OK) {
    not_recovered(turn, entity, "its state could not be read");
    return false;
  }
  // It has come where a checkpoint may have been already, from where it will not look any more.
  if (options_.journal->in_checkpoint()) {
    options_.journal->append_snapshot(entity.id(), stored.revision, stored.version, to_view(bytes));
  }
  stored_.erase(found);
  return true;
}

// Gives the bytes of the snapshot; none of an entity of which nothing is in the log.
std::size_t Shard::snapshot(const Entity& entity) {
  const Attachment* attachment = attachment_of(entity);
  const DurableState& state = durable(entity);
  if ((attachment != nullptr && !has_object(attachment->mode)) || state.revision == 0) return 0;
  snapshot_.clear();
  const shoal_status status = modules::save_state(*options_.type, entities_.slot(entity),
                                                  journal::record_bytes_max_default / 2, snapshot_);
  if (status != SHOAL_STATUS_OK) {
    unrecovered_.emplace(entity.id(), "its state could not be written to a checkpoint");
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(snapshot_.data()), snapshot_.size());
  options_.journal->append_snapshot(entity.id(), state.revision, options_.type->abi->state_version, bytes);
  return bytes.size();
}

// Active entities first, then those that are not: one that leaves memory meanwhile is among these.
void Shard::checkpoint(std::size_t bytes) {
  ShardJournal& journal = *options_.journal;
  // What nobody can read stands in the log only.
  if (!unrecovered_.empty()) return;
  if (journal.wants_checkpoint()) {
    journal.begin_checkpoint();
    checkpoint_block_ = 0;
    checkpoint_stored_.reset();
  }
  if (!journal.in_checkpoint()) return;
  std::size_t said = 0;
  for (; said < bytes && checkpoint_block_ < entities_.block_count(); ++checkpoint_block_) {
    if (const Entity* entity = entities_.in_block(checkpoint_block_)) said += snapshot(*entity);
  }
  if (said >= bytes || !to_reload_.empty() || !reloading_.empty()) return;
  if (!checkpoint_stored_) {
    checkpoint_stored_.emplace();
    for (const auto& [id, stored] : stored_) checkpoint_stored_->push_back(id);
  }
  while (said < bytes && !checkpoint_stored_->empty()) {
    const auto found = stored_.find(checkpoint_stored_->back());
    checkpoint_stored_->pop_back();
    if (found == stored_.end()) continue;
    const Stored& stored = found->second;
    const std::string_view state(reinterpret_cast<const char*>(stored.bytes.data()), stored.bytes.size());
    journal.append_snapshot(found->first, stored.revision, stored.version, state);
    said += state.size();
  }
  if (checkpoint_stored_->empty() && unrecovered_.empty()) journal.end_checkpoint();
}

// Keeps the state of an entity that leaves memory. Requires: there is an object in the slot.
void Shard::put_away(Turn& turn, Entity& entity) {
  const DurableState& state = durable(entity);
  if (state.revision == 0) return;  // nothing of it is in the log
  Stored stored{state.revision, state.saved_hash, options_.type->abi->state_version, {}};
  const std::size_t room = journal::record_bytes_max_default;
  const shoal_status status = modules::save_state(*options_.type, entities_.slot(entity), room, stored.bytes);
  if (status == SHOAL_STATUS_OK) {
    stored_.insert_or_assign(std::string(entity.id()), std::move(stored));
    return;
  }
  turn.set_error("`save` failed");
  unrecovered_.emplace(entity.id(), "its state could not be written when it left memory");
}

// A turn has failed: what the entity was before is read from the log, or is at hand. Requires: the object is
// gone.
void Shard::reload_later(Turn& turn, Entity& entity) {
  DurableState& state = durable(entity);
  if (const auto staged = options_.journal->staged_state(state)) {
    Stored stored{state.revision, state.saved_hash, options_.type->abi->state_version, {}};
    stored.bytes.assign(staged->data, staged->data + staged->size);
    stored_.insert_or_assign(std::string(entity.id()), std::move(stored));
    return settle_failure(turn, entity);
  }
  if (std::exchange(state, DurableState{}).revision == 0) return settle_failure(turn, entity);
  Attachment& attachment = attach(entity);
  cancel_timers(attachment);
  attachment.mode = EntityMode::reloading;
  attachment.failure = turn.error();
  entities_.renew(entity);
  to_reload_.emplace(entity.id());
  options_.surroundings->to_reload.push_back(this);
}

bool Shard::is_replayed(std::string_view id) const {
  if (is_open()) return reloading_.contains(std::string(id));
  return unrecovered_.empty() || !unrecovered_.contains(std::string(id));
}

// The entity with an object; null where it could not be made.
Entity* Shard::recover(Turn& turn, std::string_view id) {
  const std::uint64_t hash = hash_of(id);
  Entity* entity = entities_.find(id, hash);
  const Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
  if (entity != nullptr && (attachment == nullptr || has_object(attachment->mode))) return entity;
  if (entity == nullptr) entity = &insert(id, hash);
  begin(turn, start_of(SHOAL_PHASE_RECEIVE, *entity, 0));
  prepare(turn, *entity);
  turn.enter(SHOAL_PHASE_CONSTRUCT);
  const modules::EntityType& type = *options_.type;
  const shoal_status status = type.abi->construct(type.state, entities_.slot(*entity), turn.abi());
  turn.enter(SHOAL_PHASE_RECEIVE);
  if (status != SHOAL_STATUS_OK) {
    unrecovered_.emplace(id, "the entity could not be made");
    spdlog::error("type {} entity {}: it could not be made again from the log: {}", type.name, id,
                  turn.error());
    end(*entity);
    return nullptr;
  }
  constructed(turn, *entity, status);
  if (!is_open() && turn.changed()) apply(turn, *entity, []() -> Kept { SHOAL_ASSERT(false); });
  return entity;
}

// The object is gone, and nothing more is done with the entity until somebody can read what it was.
void Shard::not_recovered(Turn& turn, Entity& entity, std::string_view what) {
  spdlog::error("type {} entity {}: {}: {}: load a module that can read it and restart the host",
                options_.type->name, entity.id(), what, turn.error());
  unrecovered_.insert_or_assign(std::string(entity.id()), std::string(what));
  destroy_object(entity);
  end(entity);
}

void Shard::replay(Turn& turn, const journal::Record& record) {
  ShardJournal& journal = *options_.journal;
  if (const auto* turn_record = std::get_if<journal::Turn>(&record.body)) {
    if (is_replayed(turn_record->entity)) replay_events(turn, *turn_record);
    if (!is_open()) journal.replay(record.header, turn_record->effects);
  } else if (const auto* states = std::get_if<journal::States>(&record.body)) {
    for (const journal::StoredState& state : states->entities) {
      if (is_replayed(state.entity)) replay_state(turn, state);
    }
    if (!is_open()) journal.replay(record.header, states->effects);
  } else if (const auto* snapshot = std::get_if<journal::Snapshot>(&record.body)) {
    if (is_replayed(snapshot->state.entity)) replay_state(turn, snapshot->state);
  } else if (is_open()) {
    return;
  } else if (const auto* part = std::get_if<journal::CheckpointPart>(&record.body)) {
    journal.replay(*part);
  } else if (const auto* renew = std::get_if<journal::Renew>(&record.body)) {
    journal.replay_emits_done(renew->emits_done);
  }
}

// Events that the entity has had already are passed over: a snapshot held them. What begins behind what is
// known has its snapshot still to come.
void Shard::replay_events(Turn& turn, const journal::Turn& record) {
  if (record.events.empty()) return;
  const std::uint64_t first = record.revision - record.events.size() + 1;
  Entity* known = entities_.find(record.entity, hash_of(record.entity));
  const Attachment* attachment = known == nullptr ? nullptr : attachment_of(*known);
  const bool has_state = known != nullptr && (attachment == nullptr || has_object(attachment->mode));
  const std::uint64_t revision = has_state ? durable(*known).revision : 0;
  if (record.revision <= revision || first > revision + 1) return;
  Entity* entity = recover(turn, record.entity);
  if (entity == nullptr) return;
  const modules::EntityType& type = *options_.type;
  turn.enter(SHOAL_PHASE_APPLY);
  for (std::uint64_t at = revision + 1 - first; at < record.events.size(); ++at) {
    const journal::Event& event = record.events[at];
    shoal_status status = SHOAL_STATUS_NOT_FOUND;
    if (event.number < type.abi->event_count) {
      status = type.abi->apply(type.state, entities_.slot(*entity), event.number, event.version,
                               to_bytes(event.bytes));
    }
    if (status != SHOAL_STATUS_OK)
      return not_recovered(turn, *entity, "event " + std::to_string(first + at) + " could not be applied");
  }
  durable(*entity).revision = record.revision;
}

void Shard::replay_state(Turn& turn, const journal::StoredState& state) {
  Entity* entity = recover(turn, state.entity);
  if (entity == nullptr) return;
  DurableState& known = durable(*entity);
  if (state.revision <= known.revision) return;
  const shoal_status status =
      modules::load_state(*options_.type, entities_.slot(*entity), state.version, to_bytes(state.bytes));
  if (status != SHOAL_STATUS_OK) return not_recovered(turn, *entity, "its state could not be read");
  known.revision = state.revision;
  known.saved_hash = state_hash(state.bytes);
}

void Shard::reloaded(Turn& turn) {
  for (const std::string& id : std::exchange(reloading_, {})) {
    Entity* entity = entities_.find(id, hash_of(id));
    Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
    if (attachment == nullptr) continue;
    begin(turn, start_of(SHOAL_PHASE_RECEIVE, *entity, 0));
    turn.set_error(attachment->failure);
    if (has_object(attachment->mode)) {
      put_away(turn, *entity);
      destroy_object(*entity);
    }
    settle_failure(turn, *entity);
  }
  if (!to_reload_.empty()) options_.surroundings->to_reload.push_back(this);
}

void Shard::throw_away(const std::function<void(const Kept&)>& drop) {
  for (Entity* entity : all_entities()) {
    if (Attachment* attachment = attachment_of(*entity)) {
      for (std::list<Kept>* list : {&attachment->stash, &attachment->waiting}) {
        for (const Kept& kept : *list) {
          options_.memory->kept_gone(kept);
          refused(kept);
          drop(kept);
        }
        list->clear();
      }
    }
    const Attachment* attachment = attachment_of(*entity);
    if (attachment == nullptr || has_object(attachment->mode)) destroy_object(*entity);
    detach(*entity);
    entities_.erase(*entity);
  }
  stored_.clear();
  unrecovered_.clear();
  to_reload_.clear();
  reloading_.clear();
}

}  // namespace shoal::lanes
