// Entities whose turns may block: how they wait for a thread of their type's pool, how a turn goes there, and
// what follows when it has come back.

#include <algorithm>
#include <utility>

#include "host/lanes/shard_receive.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::ptrdiff_t kDescribersMax = 16;  // that wait for one entity

bool may_take_message(const Attachment& attachment) {
  if (attachment.waiting.empty() || attachment.mode == EntityMode::stopping) return false;
  return attachment.mode != EntityMode::backing_off || attachment.mode_due == TimerId{};
}

}  // namespace

// The first message of an entity: it has its place, and no object until a thread has made it.
TurnResult Shard::wait_for_thread(Turn& turn, std::string_view id, std::uint64_t hash, Kept kept) {
  if (!may_keep(turn, kept, 0)) return {DeadLetterReason::overloaded};
  Entity& entity = entities_.insert(id, hash);
  attach(entity).mode = EntityMode::backing_off;
  return keep(turn, entity, std::move(kept));
}

void Shard::add_own(const Entity& entity, OwnTurn own) {
  attachment_of(entity)->own.push_back(std::move(own));
  make_ready(entity);
}

void Shard::drop_own(Attachment& attachment) const {
  for (const OwnTurn& own : attachment.own) {
    if (std::holds_alternative<HeldReply>(own)) options_.surroundings->replies_dropped.push_back(this);
    if (const auto* done = std::get_if<OnDescribed>(&own)) {
      (*done)(error(ErrorCode::not_found, "the entity of type " + options_.type->name + " has just ended"));
    }
  }
  attachment.own.clear();
}

// What is the entity's own and its messages take turns, so that neither keeps the other waiting.
void Shard::start_own(Turn& turn, const EntityRef& ready, std::uint64_t tag) {
  for (;;) {
    Entity* entity = entities_.at(ready.block, ready.incarnation);
    Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
    if (attachment == nullptr || attachment->in_pool) return;
    if (attachment->stop_message_due) {
      run_stop_message(turn, ready, tag);
      return;
    }
    if (attachment->own.empty() || (attachment->was_own && may_take_message(*attachment))) return;
    OwnTurn own = std::move(attachment->own.front());
    attachment->own.pop_front();
    attachment->was_own = true;
    start_one(turn, *entity, std::move(own), tag);
  }
}

// Sends it out, or nothing where it has become void meanwhile.
void Shard::start_one(Turn& turn, Entity& entity, OwnTurn own, std::uint64_t tag) {
  Attachment& attachment = *attachment_of(entity);
  if (const auto* due = std::get_if<TimerQueue::Due>(&own)) {
    fire(turn, entity, attachment, *due, tag);
  } else if (auto* held = std::get_if<HeldReply>(&own)) {
    std::unique_ptr<BlockingTurn> next = options_.blocking->make();
    next->is_reply = true;
    next->call = [reply = std::move(*held)](const modules::EntityType& type, void* slot,
                                            const shoal_turn* abi) {
      const shoal_reply content{sizeof(shoal_reply), reply.status, reply.codec, 0, to_bytes(reply.body)};
      const shoal_continuation continuation{reply.continuation_id, 0, to_bytes(reply.payload)};
      return type.abi->on_reply(type.state, slot, abi, &content, &continuation);
    };
    begin(turn, start_of(SHOAL_PHASE_REPLY, entity, tag));
    send(turn, entity, std::move(next));
  } else if (const auto* last = std::get_if<LastTurn>(&own)) {
    std::unique_ptr<BlockingTurn> next = options_.blocking->make();
    next->last_reason = last->reason;
    begin(turn, start_of(SHOAL_PHASE_STOP, entity, tag));
    send(turn, entity, std::move(next));
  } else {
    auto& done = std::get<OnDescribed>(own);
    if (!has_object(attachment.mode)) return done(nobody());
    std::unique_ptr<BlockingTurn> next = options_.blocking->make();
    next->on_described = std::move(done);
    begin(turn, start_of(SHOAL_PHASE_STOP, entity, tag));  // in which it may do nothing
    send(turn, entity, std::move(next));
  }
}

TurnResult Shard::start(Turn& turn, const EntityRef& ready, Kept& kept, std::uint64_t tag) {
  Entity& entity = *entities_.at(ready.block, ready.incarnation);
  Attachment& attachment = *attachment_of(entity);
  attachment.was_own = false;
  begin(turn, start_of(kept, entity, tag));
  const bool is_new = !has_object(attachment.mode);
  if (is_new) {
    if (const auto reason = check_new(turn, entity.id()); reason != DeadLetterReason::none) return {reason};
  } else {
    note_activity(turn, entity);
  }
  const Body body = body_of(kept);  // of memory that stays where it is
  std::unique_ptr<BlockingTurn> next = options_.blocking->make();
  next->call = [body](const modules::EntityType& type, void* slot, const shoal_turn* abi) {
    return type.abi->receive(type.state, slot, abi, body.message_index, body.bytes);
  };
  next->constructs = is_new;
  if (kept.record() == nullptr) next->deadline_ns = kept.envelope().deadline_ns();
  next->kept = std::move(kept);
  send(turn, entity, std::move(next));
  return {DeadLetterReason::none, true};
}

TurnResult Shard::send(Turn& turn, Entity& entity, BlockingCall call) {
  std::unique_ptr<BlockingTurn> next = options_.blocking->make();
  next->call = std::move(call);
  send(turn, entity, std::move(next));
  return {};
}

// Requires: the lane's turn has begun as this one.
void Shard::send(Turn& turn, Entity& entity, std::unique_ptr<BlockingTurn> next) {
  prepare(turn, entity);
  next->turn.begin_like(turn);
  next->type = options_.type.get();
  next->entity = ref_of(entity);
  next->slot = entities_.slot(entity);
  next->rule = rule_of(entity);
  attachment_of(entity)->in_pool = true;
  options_.blocking->put(std::move(next));
}

TurnResult Shard::complete(Turn& turn, BlockingTurn& done) {
  Entity* entity = entities_.at(done.entity.block, done.entity.incarnation);
  SHOAL_ASSERT(entity != nullptr);
  Attachment& attachment = *attachment_of(*entity);
  attachment.in_pool = false;
  attachment.left = done.left;
  turn.take_over(done.turn);
  const TurnResult result = settle(turn, *entity, done);
  if (done.kept && done.kept->request()) remember_reply(turn, *done.kept->request(), result);
  go_on(done.entity);
  return result;
}

TurnResult Shard::settle(Turn& turn, Entity& entity, BlockingTurn& done) {
  switch (done.end) {
    case BlockingEnd::ran:
      break;
    case BlockingEnd::construct_failed:
      constructed(turn, entity, done.status);
      return {DeadLetterReason::construct_failed};
    case BlockingEnd::too_late:
      turn.set_error("the deadline passed before the entity's turn");
      return {DeadLetterReason::deadline};
    case BlockingEnd::not_begun:
      return {DeadLetterReason::none, true};
  }
  if (done.on_described) return {};
  if (!done.call) {
    destroy_object(entity);
    end(entity);
    return {};
  }
  if (done.constructs) constructed(turn, entity, SHOAL_STATUS_OK);
  if (done.kept && !done.constructs) note_activity(turn, entity);
  if (done.kept || done.is_reply) attachment_of(entity)->last_message_ns = turn.steady_now_ns();
  if (!done.kept) return own_ended(turn, entity, done.status);
  return received(turn, entity, done.status, done.constructs, [&] { return done.kept->copy(); });
}

// After a turn: what comes next. An incarnation that followed is ready already.
void Shard::go_on(const EntityRef& ended) {
  Entity* entity = entities_.at(ended.block, ended.incarnation);
  if (entity == nullptr) return;
  Attachment& attachment = *attachment_of(*entity);
  if (attachment.mode == EntityMode::replaying && attachment.waiting.empty())
    attachment.mode = EntityMode::running;
  const bool has_next =
      attachment.stop_message_due || !attachment.own.empty() || may_take_message(attachment);
  const bool is_empty = !has_object(attachment.mode) && attachment.mode_due == TimerId{};
  if (has_next || is_empty) make_ready(*entity);
}

// For the stop of the host. False where there is no object to stop.
bool Shard::stop_later(Entity& entity, shoal_stop_reason reason) {
  Attachment& attachment = *attachment_of(entity);
  SHOAL_ASSERT(!attachment.in_pool);
  forget_waiting(attachment);
  cancel_timers(attachment);
  if (!has_object(attachment.mode)) return false;
  if (attachment.mode != EntityMode::stopping) leave_tracking(entity);
  attachment.mode = EntityMode::stopping;
  attachment.stop_message_due = false;
  add_own(entity, LastTurn{reason});
  return true;
}

void Shard::forget_waiting(Attachment& attachment) const {
  for (const Kept& kept : attachment.waiting) {
    options_.blocking->waits_no_more(kept.bytes());
    options_.memory->kept_gone(kept);
  }
  for (const Kept& kept : attachment.stash) options_.memory->kept_gone(kept);
  attachment.waiting.clear();
  attachment.stash.clear();
  attachment.kept_bytes = 0;
}

Error Shard::nobody() const {
  return error(ErrorCode::not_found, "no active entity of type " + options_.type->name + " has this id");
}

void Shard::describe(std::string_view id, OnDescribed done) {
  if (!blocks()) return done(describe(id));
  Entity* entity = entities_.find(id, hash_of(id));
  if (entity == nullptr) return done(nobody());
  const auto& own = attachment_of(*entity)->own;
  const auto waiting = std::count_if(
      own.begin(), own.end(), [](const OwnTurn& one) { return std::holds_alternative<OnDescribed>(one); });
  if (waiting >= kDescribersMax) {
    return done(error(ErrorCode::overloaded, "the entity is busy, and many wait to see it: try again later"));
  }
  add_own(*entity, std::move(done));
}

}  // namespace shoal::lanes
