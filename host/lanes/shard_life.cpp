// How entities of a shard begin, wait, leave and end.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "host/lanes/last_turn.hpp"
#include "host/lanes/shard_receive.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::uint32_t kSweptAtOnce = 4096;
constexpr std::uint32_t kEvictionTries = 1024;

// Of a message without fields.
shoal_bytes empty_body(shoal_codec codec) {
  constexpr std::string_view empty_map = "\x80";
  if (codec == SHOAL_CODEC_JSON) return to_bytes(std::string_view("{}"));
  return to_bytes(codec == SHOAL_CODEC_MSGPACK ? empty_map : std::string_view(""));
}

}  // namespace

// Whether an entity of this id may be made here.
DeadLetterReason Shard::check_new(Turn& turn, std::string_view id) const {
  const std::uint32_t home = options_.partition_of(to_bytes(id), options_.shard_count);
  if (home != options_.id.value) {
    turn.set_error("the key hashes to partition " + std::to_string(home) +
                   ": produce with Kafka's default partitioner (librdkafka: partitioner=murmur2_random)");
    return DeadLetterReason::misaligned_key;
  }
  if (!unrecovered_.empty()) [[unlikely]] {
    if (const auto found = unrecovered_.find(std::string(id)); found != unrecovered_.end()) {
      turn.set_error("the entity could not be recovered: " + found->second +
                     ": load a module that can read it and restart the host");
      return DeadLetterReason::parked;
    }
  }
  if (options_.memory->failures.is_parked(id)) [[unlikely]] {
    turn.set_error("the entity is parked after: " + options_.memory->failures.find_parked(id)->reason);
    return DeadLetterReason::parked;
  }
  return DeadLetterReason::none;
}

// Requires: the slot is raw memory. False where it failed: the entity is gone, or backs off.
bool Shard::construct(Turn& turn, Entity& entity) {
  const modules::EntityType& type = *options_.type;
  turn.enter(SHOAL_PHASE_CONSTRUCT);
  const shoal_status status = type.abi->construct(type.state, entities_.slot(entity), turn.abi());
  turn.enter(SHOAL_PHASE_RECEIVE);
  return constructed(turn, entity, status);
}

bool Shard::constructed(Turn& turn, Entity& entity, shoal_status status) {
  if (status == SHOAL_STATUS_OK) {
    options_.memory->entity_made();
    if (idle_) idle_->added(entity.block(), IdleSweep::tick_of(turn.steady_now_ns()));
    if (eviction_) {
      eviction_->added(entity.block(), entity.hash());
      crowd();
    }
    if (Attachment* attachment = attachment_of(entity)) attachment->mode = EntityMode::replaying;
    return true;
  }
  turn.roll_back();
  settle_failure(turn, entity);
  return false;
}

TurnResult Shard::own_ended(Turn& turn, Entity& entity, shoal_status status) {
  if (status == SHOAL_STATUS_OK && options_.journal) status = record(turn, entity);
  if (status != SHOAL_STATUS_OK) [[unlikely]] {
    if (status == SHOAL_STATUS_UNDECODABLE) status = SHOAL_STATUS_FAILED;
    return failed(turn, entity, status, false);
  }
  if (!turn.changed()) return {};
  turn.changes().stash = false;  // there is no message to stash
  apply(turn, entity, []() -> Kept { SHOAL_ASSERT(false); });
  return {};
}

// An undecodable body never reached the behaviour: the entity is as it was before, which is "not there" for a
// new one.
TurnResult Shard::failed(Turn& turn, Entity& entity, shoal_status status, bool is_new) {
  turn.roll_back();
  if (status == SHOAL_STATUS_UNDECODABLE) {
    if (is_new) {
      if (options_.journal) put_away(turn, entity);
      destroy_object(entity);
      end(entity);
    }
    return {DeadLetterReason::undecodable};
  }
  destroy_object(entity);
  if (options_.journal) {
    reload_later(turn, entity);
  } else {
    settle_failure(turn, entity);
  }
  return {DeadLetterReason::turn_failed};
}

// Requires: there is no object in the slot.
void Shard::settle_failure(const Turn& turn, Entity& entity) {
  const auto answer = options_.memory->failed(entity.id(), turn.error(), turn.steady_now_ns() / 1'000'000,
                                              turn.abi()->random);
  if (answer.what == OnFailure::restart) return back_off(entity, answer.restart_ms);
  end(entity);
}

// What comes for the entity waits until its time has come.
void Shard::back_off(Entity& entity, std::int64_t restart_ms) {
  Attachment& attachment = attach(entity);
  cancel_timers(attachment);
  attachment.mode = EntityMode::backing_off;
  attachment.stop_message_due = false;
  entities_.renew(entity);
  unstash(entity, attachment);
  const auto due = options_.surroundings->timers.add(restart_ms * 1'000'000, {ref_of(entity), 0});
  if (due) {
    attachment.mode_due = *due;
  } else {
    make_ready(entity);
  }
}

// What a turn asked for: with a stop message of its own the entity gets that first.
void Shard::leave(Turn& turn, Entity& entity, shoal_stop_reason reason) {
  const LeaveRule rule = rule_of(entity);
  const Leaving leaving = rule.of(reason);
  if (leaving == Leaving::later) return;
  if (leaving == Leaving::ends) return end_with_last_turn(turn, entity, rule.reason_of_end(reason));
  leave_tracking(entity);
  Attachment& attached = attach(entity);
  attached.mode = EntityMode::stopping;
  attached.stop_message_due = true;
  const auto due = options_.surroundings->timers.add(
      turn.steady_now_ns() + std::chrono::nanoseconds(options_.policy.stop_timeout).count(),
      {ref_of(entity), 0});
  if (due) attached.mode_due = *due;
  make_ready(entity);
}

LeaveRule Shard::rule_of(const Entity& entity) const {
  const Attachment* attachment = attachment_of(entity);
  const bool is_stopping = attachment != nullptr && attachment->mode == EntityMode::stopping;
  return {options_.policy.stop_message.has_value(), is_stopping, is_stopping && attachment->stop_message_due};
}

// Where its turns may block, a thread runs the last one: what it comes to is for `complete`.
void Shard::end_with_last_turn(Turn& turn, Entity& entity, shoal_stop_reason reason) {
  if (blocks() && !attachment_of(entity)->left) {
    Attachment& attachment = *attachment_of(entity);
    if (attachment.mode != EntityMode::stopping) leave_tracking(entity);
    attachment.mode = EntityMode::stopping;
    return add_own(entity, LastTurn{reason});
  }
  last_turn(turn, entity, reason);
  if (options_.policy.remembers() && reason == SHOAL_STOP_REASON_STOPPED && is_open())
    options_.journal->entity_stopped(turn, entity.id());
  end(entity);
}

// Ends the object in the slot with its last turn.
void Shard::last_turn(Turn& turn, Entity& entity, shoal_stop_reason reason) {
  if (!blocks()) {
    run_last_turn(*options_.type, entities_.slot(entity), turn, reason, options_.surroundings->turn_watch);
  }
  if (options_.journal) {
    if (record(turn, entity) != SHOAL_STATUS_OK)
      spdlog::error("type {} entity {}: what its last turn sent is lost: {}", options_.type->name,
                    entity.id(), turn.error());
    put_away(turn, entity);
  }
  destroy_object(entity);
}

void Shard::destroy_object(Entity& entity) {
  // Where turns may block, their thread has done it.
  if (!blocks()) options_.type->abi->destroy(options_.type->state, entities_.slot(entity));
  options_.memory->entity_gone();
  const Attachment* attachment = attachment_of(entity);
  if (attachment == nullptr || attachment->mode != EntityMode::stopping) leave_tracking(entity);
}

// One that is on its way out is no candidate for leaving any more.
void Shard::leave_tracking(const Entity& entity) {
  if (idle_) idle_->removed(entity.block());
  if (eviction_) eviction_->removed(entity.block());
}

void Shard::passivate_idle(Turn& turn, std::uint64_t tag) {
  if (!idle_) return;
  const std::uint32_t now = IdleSweep::tick_of(turn.steady_now_ns());
  idle_->sweep(now, kSweptAtOnce,
               [&](std::uint32_t block) { passivate(turn, *entities_.in_block(block), tag); });
}

std::uint32_t Shard::evict(Turn& turn, std::uint64_t tag, std::uint32_t& tries) {
  is_crowded_ = false;
  if (!eviction_) return 0;
  std::uint32_t gone = 0;
  for (std::uint32_t own = std::min(tries, kEvictionTries); own > 0; --own, --tries) {
    const auto block = eviction_->victim();
    if (!block) return gone;
    if (passivate(turn, *entities_.in_block(*block), tag)) ++gone;
  }
  crowd();
  return gone;
}

void Shard::crowd() {
  if (!std::exchange(is_crowded_, true)) options_.surroundings->crowded.push_back(this);
}

void Shard::set_active_max(std::optional<std::uint32_t> limit) {
  options_.policy.active_max = limit;
  if (!limit) return eviction_.reset();
  if (eviction_) {
    eviction_->set_limit(*limit);
  } else {
    eviction_ = make_eviction(options_.policy.eviction, *limit);
    entities_.for_each([this](const Entity& entity) {
      const Attachment* attachment = attachment_of(entity);
      const bool is_tracked =
          attachment == nullptr || (has_object(attachment->mode) && attachment->mode != EntityMode::stopping);
      if (is_tracked) eviction_->added(entity.block(), entity.hash());
      return true;
    });
  }
  crowd();
}

bool Shard::shed(Turn& turn, std::uint32_t block, std::uint64_t tag) {
  return passivate(turn, *entities_.in_block(block), tag);
}

// One for which messages wait stays: it is not idle. Returns whether it goes.
bool Shard::passivate(Turn& turn, Entity& entity, std::uint64_t tag) {
  const Attachment* attachment = attachment_of(entity);
  const bool is_busy = attachment != nullptr && (attachment->mode != EntityMode::running ||
                                                 attachment->in_pool || !attachment->own.empty() ||
                                                 !attachment->waiting.empty() || !attachment->stash.empty());
  if (is_busy) {
    note_activity(turn, entity);
    return false;
  }
  const WatchedTurn watch = watched(entity.id());
  begin(turn, start_of(SHOAL_PHASE_STOP, entity, tag));
  leave(turn, entity, SHOAL_STOP_REASON_PASSIVATED);
  return true;
}

// The incarnation is over. What waits for the entity makes the next one.
void Shard::end(Entity& entity) {
  Attachment* attachment = attachment_of(entity);
  if (attachment == nullptr || (attachment->stash.empty() && attachment->waiting.empty())) {
    detach(entity);
    entities_.erase(entity);
    return;
  }
  cancel_timers(*attachment);
  attachment->mode = EntityMode::backing_off;
  attachment->stop_message_due = false;
  entities_.renew(entity);
  unstash(entity, *attachment);  // which makes it ready, since something waits
}

// A record always finds room: its partition is held by what it keeps. A message may not; where turns may
// block each message comes here, and a large one has to find room where nothing waits.
bool Shard::may_keep(Turn& turn, const Kept& kept, std::size_t entity_bytes) const {
  const std::size_t bytes =
      blocks() && entity_bytes == 0 ? std::min(kept.bytes(), kept_bytes_max) : kept.bytes();
  const KeptBytes now{entity_bytes, options_.memory->kept_message_bytes()};
  if (kept.record() != nullptr || now.has_room_for(bytes)) return true;
  turn.set_error("the messages that wait for the entity, or for all of its type, have no room for one more");
  return false;
}

TurnResult Shard::keep(Turn& turn, Entity& entity, Kept kept) {
  Attachment& attachment = *attachment_of(entity);
  if (!may_keep(turn, kept, attachment.kept_bytes)) return {DeadLetterReason::overloaded};
  attachment.kept_bytes += kept.bytes();
  options_.memory->kept(kept);
  attachment.waiting.push_back(std::move(kept));
  if (blocks()) {
    options_.blocking->waits(attachment.waiting.back().bytes());
    if (attachment.waiting.size() == 1) make_ready(entity);
  }
  return {DeadLetterReason::none, true};
}

std::optional<Kept> Shard::take_waiting(const EntityRef& ready) {
  Entity* entity = entities_.at(ready.block, ready.incarnation);
  Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
  if (attachment == nullptr || holds_what_waits(attachment->mode) || attachment->in_pool) return std::nullopt;
  if (attachment->mode == EntityMode::backing_off && attachment->mode_due != TimerId{}) return std::nullopt;
  if (attachment->waiting.empty()) {
    if (attachment->mode == EntityMode::replaying) attachment->mode = EntityMode::running;
    if (attachment->mode == EntityMode::backing_off) {
      remember_again(*entity);
      end(*entity);
    } else if (!blocks() && attachment->is_bare()) {
      detach(*entity);
    }
    return std::nullopt;
  }
  if (attachment->mode == EntityMode::running) attachment->mode = EntityMode::replaying;
  // Before the first of them is taken out: it would have to wait again, behind the others.
  if (options_.journal && !has_object(attachment->mode) &&
      is_in_store(entity, entity->id(), entity->hash())) {
    fetch(entity, entity->id(), entity->hash());
    return std::nullopt;
  }
  Kept kept = std::move(attachment->waiting.front());
  attachment->waiting.pop_front();
  attachment->kept_bytes -= kept.bytes();
  options_.memory->kept_gone(kept);
  if (blocks()) options_.blocking->waits_no_more(kept.bytes());
  return kept;
}

TurnResult Shard::run_stop_message(Turn& turn, const EntityRef& ready, std::uint64_t tag) {
  Entity* entity = entities_.at(ready.block, ready.incarnation);
  Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
  if (attachment == nullptr || !attachment->stop_message_due) return {};
  attachment->stop_message_due = false;
  const std::uint32_t message = *options_.policy.stop_message;
  begin(turn, start_of(SHOAL_PHASE_RECEIVE, *entity, tag));
  return run_own(
      turn, *entity, [message](const modules::EntityType& type, void* slot, const shoal_turn* abi) {
        return type.abi->receive(type.state, slot, abi, message, empty_body(type.message(message).codec));
      });
}

void Shard::unstash(const Entity& entity, Attachment& attachment) {
  if (blocks()) {
    for (const Kept& kept : attachment.stash) options_.blocking->waits(kept.bytes());
  }
  attachment.waiting.splice(attachment.waiting.begin(), attachment.stash);
  if (!attachment.waiting.empty()) make_ready(entity);
}

void Shard::make_ready(const Entity& entity) {
  if (!blocks()) return options_.surroundings->ready.push_back(ref_of(entity));
  // While a turn is out, its coming back makes the entity ready.
  if (!attachment_of(entity)->in_pool) options_.blocking->add_ready(ref_of(entity));
}

Attachment& Shard::attach(Entity& entity) {
  if (entity.attachment == Entity::kNoAttachment) {
    if (free_attachments_.empty()) {
      free_attachments_.push_back(static_cast<std::uint32_t>(attachments_.size()));
      attachments_.emplace_back();
    }
    entity.attachment = free_attachments_.back();
    free_attachments_.pop_back();
    attachments_[entity.attachment] = std::make_unique<Attachment>();
  }
  return *attachments_[entity.attachment];
}

void Shard::detach(Entity& entity) {
  if (entity.attachment == Entity::kNoAttachment) return;
  cancel_timers(*attachments_[entity.attachment]);
  attachments_[entity.attachment].reset();
  free_attachments_.push_back(entity.attachment);
  entity.attachment = Entity::kNoAttachment;
}

EntityRef Shard::ref_of(const Entity& entity) const {
  return {options_.type_index, options_.id, entity.block(), entity.incarnation()};
}

TurnStart Shard::start_of(shoal_phase phase, const Entity& entity, std::uint64_t tag) const {
  return {.phase = phase, .shard = options_.id, .entity_id = entity.id(), .tag = tag};
}

}  // namespace shoal::lanes
