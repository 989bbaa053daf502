#include "host/lanes/shard.hpp"

#include <algorithm>

#include "host/lanes/shard_receive.hpp"
#include "host/modules/bounded_writer.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kReasonBytesMax = 1024;
constexpr std::chrono::hours kNever{24 * 365 * 6};

// Behind what the module has in the slot.
std::uint64_t durable_offset_of(const shoal_entity_type& type) {
  constexpr std::uint64_t alignment = alignof(DurableState);
  return (type.slot_size + alignment - 1) / alignment * alignment;
}

}  // namespace

Shard::Shard(Options options)
    : options_(std::move(options)),
      durable_offset_(durable_offset_of(*options_.type->abi)),
      entities_(options_.journal ? durable_offset_ + sizeof(DurableState) : options_.type->abi->slot_size,
                options_.journal
                    ? std::max<std::uint64_t>(options_.type->abi->slot_alignment, alignof(DurableState))
                    : options_.type->abi->slot_alignment),
      stored_(options_.surroundings->store == nullptr ? nullptr : &options_.surroundings->store_backlog) {
  SHOAL_ASSERT(options_.surroundings != nullptr && options_.memory != nullptr);
  const TypePolicy& policy = options_.policy;
  if (policy.passivate_after || policy.is_shed) {
    const auto timeout = policy.passivate_after.value_or(kNever);
    const std::int64_t ticks = (std::chrono::nanoseconds(timeout).count() - 1) / IdleSweep::tick_ns + 1;
    idle_.emplace(static_cast<std::uint32_t>(std::min<std::int64_t>(ticks, INT32_MAX)),
                  IdleSweep::tick_of(options_.now_ns));
  }
  if (policy.active_max) eviction_ = make_eviction(policy.eviction, *policy.active_max);
}

Shard::~Shard() { SHOAL_ASSERT(entities_.size() == 0); }

DeadLetterReason Shard::admit(Turn& turn, const shoal_record& record, std::uint32_t message_index) const {
  const modules::EntityType& type = *options_.type;
  if (type.abi->admit != nullptr) {
    modules::BoundedWriter reason(kReasonBytesMax);
    if (type.abi->admit(type.state, &record, reason.abi()) != SHOAL_STATUS_OK) {
      turn.set_error(reason.text());
      return DeadLetterReason::refused_by_admit;
    }
  }
  if (record.key.size == 0) {
    turn.set_error(is_null(record.key) ? "the key is null" : "the key is empty");
    return DeadLetterReason::key_missing;
  }
  if (record.key.size > SHOAL_ENTITY_ID_BYTES_MAX) {
    turn.set_error("the key has " + std::to_string(record.key.size) + " bytes, an entity id at most 1024");
    return DeadLetterReason::key_too_long;
  }
  const shoal_message_type& message = type.message(message_index);
  if (is_null(record.value) && (message.flags & SHOAL_MESSAGE_TYPE_ACCEPTS_NULL) == 0) {
    turn.set_error("message " + std::string(message.name) + " of type " + type.name + " takes no null value");
    return DeadLetterReason::null_value;
  }
  return DeadLetterReason::none;
}

TurnResult Shard::run(Turn& turn, const shoal_record& record, std::uint32_t message_index, std::uint64_t hash,
                      Entity* guess, std::uint64_t tag) {
  const std::string_view id = to_view(record.key);
  const WatchedTurn watch = watched(id);
  begin(turn,
        {.phase = SHOAL_PHASE_RECEIVE, .shard = options_.id, .entity_id = id, .record = &record, .tag = tag});
  if (const auto reason = admit(turn, record, message_index); reason != DeadLetterReason::none)
    return {reason};
  Entity* entity = entities_.find(id, hash, guess);
  const auto make_kept = [&] { return Kept(record, message_index, tag); };
  if (entity != nullptr && has_to_wait(*entity)) [[unlikely]]
    return keep(turn, *entity, make_kept());
  return receive(turn, entity, id, hash, {message_index, record.value}, make_kept);
}

TurnResult Shard::run(Turn& turn, const Envelope& message, Entity* guess, std::uint64_t tag) {
  const WatchedTurn watch = watched(message.id());
  begin(turn, {.phase = SHOAL_PHASE_RECEIVE,
               .shard = options_.id,
               .entity_id = message.id(),
               .message = &message,
               .tag = tag});
  Entity* entity = entities_.find(message.id(), message.hash(), guess);
  if (entity == nullptr && message.only_if_active()) return {DeadLetterReason::not_active};
  if (message.has_request_id()) [[unlikely]]
    return run_request(turn, entity, message);
  return receive_or_keep(turn, entity, message, std::nullopt);
}

TurnResult Shard::run_request(Turn& turn, Entity* entity, const Envelope& message) {
  RequestKey request;
  TurnResult result;
  if (repeated(turn, message, request, result)) return result;
  result = receive_or_keep(turn, entity, message, request);
  remember_reply(turn, request, result);
  return result;
}

// `entity` may be null: then it is made.
TurnResult Shard::receive_or_keep(Turn& turn, Entity* entity, const Envelope& message,
                                  const std::optional<RequestKey>& request) {
  const auto make_kept = [&] { return Kept(message, request); };
  if (entity != nullptr && has_to_wait(*entity)) [[unlikely]]
    return keep(turn, *entity, make_kept());
  return receive(turn, entity, message.id(), message.hash(), {message.message_index(), message.body()},
                 make_kept);
}

// Whether the request is seen already: its first reply is given again, and it does not run.
bool Shard::repeated(Turn& turn, const Envelope& message, RequestKey& key, TurnResult& result) const {
  RequestWindow& requests = options_.memory->requests;
  const auto seen = requests.begin(message.hash(), message.request_id(), turn.steady_now_ns() / 1'000'000);
  key = seen.key;
  if (seen.state == RequestState::fresh) return false;
  if (seen.state == RequestState::running) {
    turn.set_error("a message with this request id is being worked on: ask again later");
    result.reason = DeadLetterReason::repeated;
  } else if (message.asker().somebody()) {
    const KeptReply reply = requests.reply(seen.key);
    turn.reply_again({sizeof(shoal_reply), reply.status, reply.codec, 0, to_bytes(reply.body)});
  }
  return true;
}

// A reply that comes in a later turn is not remembered: until the window is over the request counts as
// running.
void Shard::remember_reply(const Turn& turn, RequestKey key, const TurnResult& result) const {
  RequestWindow& requests = options_.memory->requests;
  if (!requests.is_running(key)) return;  // forgotten, or its first turn has answered and stashed it
  if (result.reason != DeadLetterReason::none) {
    requests.forget(key);
  } else if (const Envelope* reply = turn.reply()) {
    requests.finish(key, {reply->status(), reply->codec(), to_view(reply->body())});
  } else if (!result.kept && !turn.answered()) {
    requests.finish(key, {SHOAL_STATUS_OK, SHOAL_CODEC_BYTES, ""});
  }
}

TurnResult Shard::run_kept(Turn& turn, const EntityRef& ready, const Kept& kept, std::uint64_t tag) {
  Entity* entity = entities_.at(ready.block, ready.incarnation);
  SHOAL_ASSERT(entity != nullptr);
  const WatchedTurn watch = watched(entity->id());
  begin(turn, start_of(kept, *entity, tag));
  const TurnResult result =
      receive(turn, entity, entity->id(), entity->hash(), body_of(kept), [&] { return kept.copy(); });
  if (kept.request()) remember_reply(turn, *kept.request(), result);
  return result;
}

TurnStart Shard::start_of(const Kept& kept, const Entity& entity, std::uint64_t tag) const {
  const bool is_record = kept.record() != nullptr;
  TurnStart start = start_of(SHOAL_PHASE_RECEIVE, entity, is_record ? kept.tag() : tag);
  start.record = kept.record();
  start.message = is_record ? nullptr : &kept.envelope();
  return start;
}

Shard::Body Shard::body_of(const Kept& kept) {
  if (kept.record() != nullptr) return {kept.message_index(), kept.record()->value};
  return {kept.envelope().message_index(), kept.envelope().body()};
}

void Shard::refused(const Kept& kept) const {
  if (kept.request()) options_.memory->requests.forget(*kept.request());
}

TurnResult Shard::run_reply(Turn& turn, const EntityRef& asker, const shoal_reply& reply,
                            const shoal_continuation& continuation, std::uint64_t tag) {
  Entity* entity = entities_.at(asker.block, asker.incarnation);
  begin(turn, {.phase = SHOAL_PHASE_REPLY, .shard = options_.id, .entity_id = {}, .tag = tag});
  if (entity == nullptr) return {DeadLetterReason::nobody_waits};
  if (blocks()) {
    add_own(*entity, HeldReply{reply.status, reply.codec, std::string(to_view(reply.body)), continuation.id,
                               std::string(to_view(continuation.payload))});
    return {};
  }
  begin(turn, start_of(SHOAL_PHASE_REPLY, *entity, tag));
  if (Attachment* attachment = attachment_of(*entity)) attachment->last_message_ns = turn.steady_now_ns();
  return run_own(turn, *entity, [&](const modules::EntityType& type, void* slot, const shoal_turn* abi) {
    return type.abi->on_reply(type.state, slot, abi, &reply, &continuation);
  });
}

// For changes of the table on the way.
std::vector<Entity*> Shard::all_entities() {
  std::vector<Entity*> all;
  all.reserve(entities_.size());
  entities_.for_each([&all](Entity& entity) {
    all.push_back(&entity);
    return true;
  });
  return all;
}

void Shard::stop_all(Turn& turn, shoal_stop_reason reason, std::uint64_t tag) {
  // What is not known whole has no turn.
  if (!is_open()) return throw_away([](const Kept&) {});
  for (Entity* entity : all_entities()) {
    if (blocks() && stop_later(*entity, reason)) continue;
    const WatchedTurn watch = watched(entity->id());
    begin(turn, start_of(SHOAL_PHASE_STOP, *entity, tag));
    if (is_made(*entity)) last_turn(turn, *entity, reason);
    detach(*entity);
    entities_.erase(*entity);
  }
}

Result<std::string> Shard::describe(std::string_view id) const {
  const modules::EntityType& type = *options_.type;
  const Entity* entity = entities_.find(id, hash_of(id));
  if (entity == nullptr || !is_made(*entity)) return nobody();
  const WatchedTurn watch = watched(id);
  return describe_slot(type, entities_.slot(*entity));
}

void Shard::list(std::size_t limit, std::vector<std::string>& ids) const {
  if (ids.size() >= limit) return;
  entities_.for_each([&](const Entity& entity) {
    if (is_made(entity)) ids.emplace_back(entity.id());
    return ids.size() < limit;
  });
}

}  // namespace shoal::lanes
