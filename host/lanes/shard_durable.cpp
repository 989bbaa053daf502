// Entities of a durable type: how what the log holds makes them again, where they are while they are not
// active, and what they were before a turn that failed.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "host/lanes/shard_receive.hpp"
#include "host/modules/entity_state.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

// Of the event that made the entity's revision `revision`.
std::string why_not_applied(const modules::EntityType& type, const journal::Event& event,
                            std::uint64_t revision) {
  const modules::EventTable::Identity identity{event.number, event.version};
  const std::string which = type.events.name(identity) + " (revision " + std::to_string(revision) + ") ";
  if (type.events.find(identity)) return which + "could not be applied";
  const modules::Generation& module = *type.generation;
  const auto newest = type.events.newest_version(event.number);
  return which + "is unknown to module " + module.id() + " " + module.version() +
         (newest ? ", which has version " + std::to_string(*newest) : "");
}

}  // namespace

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
  durable(entity) = {};
  journal::SharedState stored = stored_.find(entity.id());
  if (Attachment* attachment = attachment_of(entity); attachment != nullptr && attachment->returned) {
    if (stored == nullptr) stored = attachment->returned;
    attachment->returned.reset();
  }
  if (stored == nullptr || stored->revision == 0) return true;
  const shoal_status status = modules::load_state(*options_.type, entities_.slot(entity), stored->version,
                                                  to_bytes(std::string_view(stored->bytes)));
  if (status != SHOAL_STATUS_OK) {
    not_recovered(turn, entity, "its state could not be read");
    return false;
  }
  durable(entity) = {stored->revision, state_hash(stored->bytes), 0};
  // It has come where a checkpoint may have been already, from where it will not look any more.
  if (options_.journal->in_checkpoint()) {
    say(stored, entity.hash());
  } else {
    stored_.activated(entity.id());
  }
  return true;
}

// An entity that has no message runs: its object is made, and gets the state it had. Requires: its turn has
// begun.
TurnResult Shard::make_active(Turn& turn, Entity& entity) {
  prepare(turn, entity);
  if (!construct(turn, entity)) return {DeadLetterReason::construct_failed};
  if (!enter_durable(turn, entity, true)) return {};
  if (attachment_of(entity) != nullptr) make_ready(entity);
  return own_ended(turn, entity, SHOAL_STATUS_OK);
}

// Gives the bytes of the snapshot; none of an entity of which nothing is in the log.
std::size_t Shard::snapshot(const Entity& entity) {
  const DurableState& state = durable(entity);
  if (!is_made(entity) || state.revision == 0) return 0;
  snapshot_.clear();
  const shoal_status status = modules::save_state(*options_.type, entities_.slot(entity),
                                                  journal::record_bytes_max_default / 2, snapshot_);
  if (status != SHOAL_STATUS_OK) {
    only_in_log(entity.id(), "its state could not be written to a checkpoint");
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(snapshot_.data()), snapshot_.size());
  const std::uint32_t version = options_.type->abi->state_version;
  if (stored_.has_store()) {
    say(std::make_shared<const journal::ReadState>(
            journal::ReadState{std::string(entity.id()), state.revision, version, std::string(bytes)}),
        entity.hash());
  } else {
    options_.journal->append_snapshot(entity.id(), state.revision, version, bytes);
  }
  return bytes.size();
}

// Active entities first, then those that are not: one that leaves memory meanwhile is among these, or has
// been said.
void Shard::checkpoint(std::size_t bytes) {
  ShardJournal& journal = *options_.journal;
  if (is_only_in_log_) return;
  if (journal.wants_checkpoint()) {
    journal.begin_checkpoint();
    checkpoint_ = {};
  }
  if (!journal.in_checkpoint()) return;
  std::size_t said = 0;
  for (; said < bytes && checkpoint_.block < entities_.block_count(); ++checkpoint_.block) {
    if (const Entity* entity = entities_.in_block(checkpoint_.block)) said += snapshot(*entity);
  }
  if (said >= bytes || !to_reload_.empty() || !reloading_.empty()) return;
  if (!say_inactive(bytes - said) || is_only_in_log_) return;
  const journal::Sequence begin = *journal.checkpoint_begin();
  if (journal.end_checkpoint())
    said_checkpoint_ = Said{begin, journal::Sequence{journal.appended()}, stored_.puts()};
}

// Keeps the state of an entity that leaves memory. Requires: there is an object in the slot.
void Shard::put_away(Turn& turn, Entity& entity) {
  const DurableState& state = durable(entity);
  if (state.revision == 0) return;  // nothing of it is in the log
  snapshot_.clear();
  const shoal_status status = modules::save_state(*options_.type, entities_.slot(entity),
                                                  journal::record_bytes_max_default, snapshot_);
  if (status == SHOAL_STATUS_OK) {
    return keep_state({std::string(entity.id()), state.revision, options_.type->abi->state_version,
                       std::string(snapshot_.begin(), snapshot_.end())},
                      entity.hash(), StoredStates::not_appended);
  }
  turn.set_error("`save` failed");
  only_in_log(entity.id(), "its state could not be written when it left memory");
}

// A turn has failed: what the entity was before is read from the log, or is at hand. Requires: the object is
// gone.
void Shard::reload_later(Turn& turn, Entity& entity) {
  DurableState& state = durable(entity);
  if (const auto staged = options_.journal->staged_state(state)) {
    keep_state({std::string(entity.id()), state.revision, options_.type->abi->state_version,
                std::string(to_view(*staged))},
               entity.hash(), StoredStates::not_appended);
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

// What is on its way into the store stays here meanwhile: what is read goes on from it.
void Shard::start_reload() {
  reloading_.swap(to_reload_);
  for (const std::string& id : reloading_) {
    if (const journal::SharedState state = stored_.find(id))
      stored_.put(state, hash_of(id), StoredStates::held);
  }
}

bool Shard::is_replayed(std::string_view id) const {
  if (is_open()) return reloading_.contains(std::string(id));
  return unrecovered_.empty() || !unrecovered_.contains(std::string(id));
}

// The entity with an object; null where it could not be made.
Entity* Shard::recover(Turn& turn, std::string_view id) {
  const std::uint64_t hash = hash_of(id);
  Entity* entity = entities_.find(id, hash);
  if (entity != nullptr && is_made(*entity)) return entity;
  if (entity == nullptr) entity = &insert(id, hash);
  begin(turn, start_of(SHOAL_PHASE_RECEIVE, *entity, 0));
  prepare(turn, *entity);
  turn.enter(SHOAL_PHASE_CONSTRUCT);
  const modules::EntityType& type = *options_.type;
  const shoal_status status = type.abi->construct(type.state, entities_.slot(*entity), turn.abi());
  turn.enter(SHOAL_PHASE_RECEIVE);
  if (status != SHOAL_STATUS_OK) {
    only_in_log(id, "the entity could not be made");
    spdlog::error("type {} entity {}: it could not be made again from the log: {}", type.name, id,
                  turn.error());
    end(*entity);
    return nullptr;
  }
  constructed(turn, *entity, status);
  // It may have left memory while the log is read, for want of room.
  if (!bring_back(turn, *entity)) return nullptr;
  if (!is_open() && turn.changed()) apply(turn, *entity, []() -> Kept { SHOAL_ASSERT(false); });
  return entity;
}

// The object is gone, and nothing more is done with the entity until somebody can read what it was.
void Shard::not_recovered(Turn& turn, Entity& entity, std::string_view what) {
  spdlog::error("type {} entity {}: {}: load a module that can read it and restart the host",
                options_.type->name, entity.id(), what);
  turn.set_error(what);
  unrecovered_.insert_or_assign(std::string(entity.id()), std::string(what));
  destroy_object(entity);
  end(entity);
}

// No state of it could be put into a checkpoint.
void Shard::only_in_log(std::string_view id, std::string_view what) {
  unrecovered_.insert_or_assign(std::string(id), std::string(what));
  is_only_in_log_ = true;
}

void Shard::replay(Turn& turn, const journal::Record& record, std::string_view bytes) {
  replay_entities(turn, record, bytes);
  if (is_open()) return;
  ShardJournal& journal = *options_.journal;
  if (const auto* turn_record = std::get_if<journal::Turn>(&record.body)) {
    journal.replay(record.header, turn_record->effects);
  } else if (const auto* states = std::get_if<journal::States>(&record.body)) {
    journal.replay(record.header, states->effects);
  } else if (const auto* part = std::get_if<journal::CheckpointPart>(&record.body)) {
    journal.replay(*part);
  } else if (const auto* renew = std::get_if<journal::Renew>(&record.body)) {
    journal.replay_emits_done(renew->emits_done);
  }
}

void Shard::replay_entities(Turn& turn, const journal::Record& record, std::string_view bytes) {
  const bool is_in_store = is_in_stored_checkpoint(record);
  const auto replay_stored = [&](const journal::StoredState& state) {
    if (is_in_store) {
      stored_.note_in_store(hash_of(state.entity));
    } else if (is_replayed(state.entity)) {
      replay_state(turn, state);
    }
  };
  if (const auto* turn_record = std::get_if<journal::Turn>(&record.body)) {
    if (is_in_store) {
      if (!turn_record->events.empty()) stored_.note_in_store(hash_of(turn_record->entity));
    } else if (is_replayed(turn_record->entity) && !defer(*turn_record, bytes)) {
      replay_events(turn, *turn_record);
    }
  } else if (const auto* states = std::get_if<journal::States>(&record.body)) {
    std::for_each(states->entities.begin(), states->entities.end(), replay_stored);
  } else if (const auto* snapshot = std::get_if<journal::Snapshot>(&record.body)) {
    // One that has come into the store since the reading began is there as it was, or newer.
    const std::string_view id = snapshot->state.entity;
    if (is_open() || !stored_.is_in_store(id, hash_of(id))) replay_stored(snapshot->state);
  }
}

// Events that the entity has had already are passed over: a snapshot held them. What begins behind what is
// known has its snapshot still to come.
void Shard::replay_events(Turn& turn, const journal::Turn& record) {
  if (record.events.empty()) return;
  const std::uint64_t first = record.revision - record.events.size() + 1;
  Entity* known = entities_.find(record.entity, hash_of(record.entity));
  const bool has_state = known != nullptr && is_made(*known);
  const journal::SharedState stored = has_state ? nullptr : stored_.find(record.entity);
  const std::uint64_t revision = has_state ? durable(*known).revision : stored ? stored->revision : 0;
  if (record.revision <= revision || first > revision + 1) return;
  Entity* entity = recover(turn, record.entity);
  if (entity == nullptr) return;
  const modules::EntityType& type = *options_.type;
  turn.enter(SHOAL_PHASE_APPLY);
  for (std::uint64_t at = revision + 1 - first; at < record.events.size(); ++at) {
    const journal::Event& event = record.events[at];
    const auto index = type.events.find({event.number, event.version});
    shoal_status status = SHOAL_STATUS_NOT_FOUND;
    if (index) {
      status =
          type.abi->apply(type.state, entities_.slot(*entity), *index, event.version, to_bytes(event.bytes));
    }
    if (status != SHOAL_STATUS_OK) [[unlikely]] {
      is_only_in_log_ = true;
      return not_recovered(turn, *entity, why_not_applied(type, event, first + at));
    }
  }
  durable(*entity).revision = record.revision;
}

// An entity that is no object becomes none for it.
void Shard::replay_state(Turn& turn, const journal::StoredState& state) {
  const std::uint64_t hash = hash_of(state.entity);
  Entity* entity = entities_.find(state.entity, hash);
  if (entity == nullptr || !is_made(*entity)) {
    const journal::SharedState known = stored_.find(state.entity);
    if (known != nullptr && state.revision <= known->revision) return;
    // What is read again of one waits for the end: a checkpoint may say an older state behind a newer one.
    const std::uint64_t needs = is_open() ? StoredStates::held : 1;
    return keep_state({std::string(state.entity), state.revision, state.version, std::string(state.bytes)},
                      hash, needs);
  }
  DurableState& known = durable(*entity);
  if (state.revision <= known.revision) return;
  begin(turn, start_of(SHOAL_PHASE_RECEIVE, *entity, 0));
  prepare(turn, *entity);
  const shoal_status status =
      modules::load_state(*options_.type, entities_.slot(*entity), state.version, to_bytes(state.bytes));
  if (status != SHOAL_STATUS_OK) {
    is_only_in_log_ = true;
    return not_recovered(turn, *entity, "its state could not be read");
  }
  known.revision = state.revision;
  known.saved_hash = state_hash(state.bytes);
}

void Shard::reloaded(Turn& turn) {
  for (const std::string& id : std::exchange(reloading_, {})) {
    if (const journal::SharedState state = stored_.find(id)) stored_.put(state, hash_of(id), 1);
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
    if (is_made(*entity)) destroy_object(*entity);
    detach(*entity);
    entities_.erase(*entity);
  }
  stored_.clear();
  forget_store();
  unrecovered_.clear();
  is_only_in_log_ = false;
  to_reload_.clear();
  reloading_.clear();
}

}  // namespace shoal::lanes
