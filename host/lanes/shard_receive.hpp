#pragma once
// The turn of a message inside a shard, for the files of Shard: make the entity where there is none, call the
// behaviour, apply what it wants for its entity.

#include <cstdint>

#include "host/lanes/shard.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

// Says whose turn it is, and what bounds it.
inline void Shard::prepare(Turn& turn, const Entity& entity) const {
  TurnEntity& of_turn = turn.entity();
  of_turn.ref.type = options_.type_index;
  of_turn.ref.shard = options_.id;
  of_turn.ref.block = entity.block();
  of_turn.ref.incarnation = entity.incarnation();
  of_turn.type = options_.type->abi;
  of_turn.timers_full = options_.surroundings->timers.size() >= entity_timers_max;
  const Attachment* attachment = attachment_of(entity);
  of_turn.kept = {attachment == nullptr ? 0 : attachment->kept_bytes, options_.memory->kept_message_bytes()};
  of_turn.timers = attachment == nullptr ? 0 : attachment->timers.size();
}

// `make_kept` copies the message, for a behaviour that stashes it.
template <class MakeKept>
TurnResult Shard::receive(Turn& turn, Entity* entity, std::string_view id, std::uint64_t hash,
                          const Body& body, MakeKept&& make_kept) {
  const bool is_new = entity == nullptr || !is_made(*entity);
  if (is_new) {
    // An entity that is here proved its alignment when it was made: only the first record of a key pays.
    if (const auto reason = check_new(turn, id); reason != DeadLetterReason::none) return {reason};
    if (options_.journal && is_in_store(entity, id, hash)) [[unlikely]]
      return keep(turn, fetch(entity, id, hash), make_kept());
    if (entity == nullptr) {
      if (blocks()) return wait_for_thread(turn, id, hash, make_kept());
      entity = &insert(id, hash);
    }
  }
  prepare(turn, *entity);
  if (is_new && !construct(turn, *entity)) return {DeadLetterReason::construct_failed};
  if (options_.journal) [[unlikely]] {
    if (!enter_durable(turn, *entity, is_new)) return {DeadLetterReason::parked};
  }
  if (!is_new) note_activity(turn, *entity);
  if (entity->attachment != Entity::kNoAttachment) [[unlikely]]
    attachment_of(*entity)->last_message_ns = turn.steady_now_ns();
  const modules::EntityType& type = *options_.type;
  const shoal_status status =
      type.abi->receive(type.state, entities_.slot(*entity), turn.abi(), body.message_index, body.bytes);
  return received(turn, *entity, status, is_new, make_kept);
}

// What follows when the behaviour has returned from a message.
template <class MakeKept>
TurnResult Shard::received(Turn& turn, Entity& entity, shoal_status status, bool is_new,
                           MakeKept&& make_kept) {
  if (status == SHOAL_STATUS_OK && options_.journal) [[unlikely]]
    status = record(turn, entity);
  if (status != SHOAL_STATUS_OK) [[unlikely]]
    return failed(turn, entity, status, is_new);
  const bool refused = turn.dead_lettered();
  bool kept = false;
  if (turn.changed()) [[unlikely]]
    kept = apply(turn, entity, make_kept);
  return {refused ? DeadLetterReason::refused_by_turn : DeadLetterReason::none, kept};
}

// A turn that is not a message's: reply, timer, receive timeout. `call` owns all it needs: it may run later.
template <class Call>
TurnResult Shard::run_own(Turn& turn, Entity& entity, Call&& call) {
  if (blocks()) return send(turn, entity, std::forward<Call>(call));
  const WatchedTurn watch = watched(entity.id());
  prepare(turn, entity);
  if (options_.journal) options_.journal->enter(entities_.slot(entity));
  return own_ended(turn, entity, call(*options_.type, entities_.slot(entity), turn.abi()));
}

// Returns whether the turn's message was stashed. `entity` may be gone afterwards.
template <class MakeKept>
bool Shard::apply(Turn& turn, Entity& entity, MakeKept&& make_kept) {
  EntityChanges& changes = turn.changes();
  bool kept = false;
  if (!changes.timers.empty() || changes.receive_timeout || changes.stash || changes.unstash) {
    Attachment& attachment = attach(entity);
    for (TimerChange& change : changes.timers) apply_timer(turn, entity, attachment, change);
    if (changes.receive_timeout) set_receive_timeout(turn, entity, attachment, *changes.receive_timeout);
    if (changes.stash && !turn.dead_lettered()) {
      attachment.stash.push_back(make_kept());
      attachment.kept_bytes += attachment.stash.back().bytes();
      options_.memory->kept(attachment.stash.back());
      kept = true;
    }
    if (changes.unstash) unstash(entity, attachment);
  }
  if (changes.stop_reason != 0) leave(turn, entity, changes.stop_reason);
  return kept;
}

}  // namespace shoal::lanes
