#include "host/lanes/shard.hpp"

#include "host/modules/bounded_writer.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kReasonBytesMax = 1024;
constexpr std::size_t kDescriptionBytesMax = 1024 * 1024;

}  // namespace

Shard::Shard(ShardId id, TypeIndex type_index, std::uint32_t shard_count,
             std::shared_ptr<const modules::EntityType> type, PartitionOf partition_of)
    : id_(id),
      type_index_(type_index),
      shard_count_(shard_count),
      type_(std::move(type)),
      partition_of_(partition_of),
      entities_(type_->abi->slot_size, type_->abi->slot_alignment) {}

Shard::~Shard() { SHOAL_ASSERT(entities_.size() == 0); }

DeadLetterReason Shard::admit(Turn& turn, const shoal_record& record, std::uint32_t message_index) const {
  if (type_->abi->admit != nullptr) {
    modules::BoundedWriter reason(kReasonBytesMax);
    if (type_->abi->admit(type_->state, &record, reason.abi()) != SHOAL_STATUS_OK) {
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
  const shoal_message_type& message = type_->message(message_index);
  if (is_null(record.value) && (message.flags & SHOAL_MESSAGE_TYPE_ACCEPTS_NULL) == 0) {
    turn.set_error("message " + std::string(message.name) + " of type " + type_->name +
                   " takes no null value");
    return DeadLetterReason::null_value;
  }
  return DeadLetterReason::none;
}

DeadLetterReason Shard::run(Turn& turn, const shoal_record& record, std::uint32_t message_index,
                            std::uint64_t hash, std::uint64_t tag) {
  const std::string_view id = to_view(record.key);
  turn.begin({.phase = SHOAL_PHASE_RECEIVE, .shard = id_, .entity_id = id, .record = &record, .tag = tag});
  if (const auto reason = admit(turn, record, message_index); reason != DeadLetterReason::none) return reason;
  return run_turn(turn, id, hash, {message_index, record.value});
}

DeadLetterReason Shard::run(Turn& turn, const MessageView& message, std::uint64_t tag) {
  turn.begin({.phase = SHOAL_PHASE_RECEIVE,
              .shard = id_,
              .entity_id = message.id,
              .traceparent = message.traceparent,
              .expects_reply = message.expects_reply,
              .tag = tag});
  return run_turn(turn, message.id, hash_of(message.id), {message.message_index, message.body});
}

DeadLetterReason Shard::run_turn(Turn& turn, std::string_view id, std::uint64_t hash, const Body& body) {
  Entity* entity = entities_.find(id, hash);
  const bool is_new = entity == nullptr;
  if (is_new) {
    // An entity that is here proved its alignment when it was made, so that only the first record of a key
    // pays.
    const std::uint32_t home = partition_of_(to_bytes(id), shard_count_);
    if (home != id_.value) {
      turn.set_error("the key hashes to partition " + std::to_string(home) +
                     ": produce with Kafka's default " +
                     "partitioner (librdkafka: partitioner=murmur2_random)");
      return DeadLetterReason::misaligned_key;
    }
    entity = construct(turn, id, hash);
    if (entity == nullptr) return DeadLetterReason::construct_failed;
  }
  const shoal_status status =
      type_->abi->receive(type_->state, entities_.slot(*entity), turn.abi(), body.message_index, body.bytes);
  if (status == SHOAL_STATUS_OK) [[likely]] {
    const bool refused = turn.dead_lettered();
    if (turn.stopped()) stop(turn, *entity, turn.stop_reason());
    return refused ? DeadLetterReason::refused_by_turn : DeadLetterReason::none;
  }
  turn.roll_back();
  // An undecodable body never reached the behaviour: the entity is as it was before, which is "not there" for
  // a new one.
  if (status != SHOAL_STATUS_UNDECODABLE || is_new) destroy(*entity);
  return status == SHOAL_STATUS_UNDECODABLE ? DeadLetterReason::undecodable : DeadLetterReason::turn_failed;
}

Entity* Shard::construct(Turn& turn, std::string_view id, std::uint64_t hash) {
  Entity& entity = entities_.insert(id, hash);
  turn.enter(SHOAL_PHASE_CONSTRUCT);
  const shoal_status status = type_->abi->construct(type_->state, entities_.slot(entity), turn.abi());
  turn.enter(SHOAL_PHASE_RECEIVE);
  if (status == SHOAL_STATUS_OK) return &entity;
  turn.roll_back();
  entities_.erase(entity);
  return nullptr;
}

void Shard::destroy(Entity& entity) {
  type_->abi->destroy(type_->state, entities_.slot(entity));
  entities_.erase(entity);
}

void Shard::stop(Turn& turn, Entity& entity, shoal_stop_reason reason) {
  if (type_->abi->on_stop != nullptr) {
    const Outbox::Mark before = turn.mark_now();
    turn.enter(SHOAL_PHASE_STOP);
    // A last turn that fails loses its own effects only: the entity goes either way.
    if (type_->abi->on_stop(type_->state, entities_.slot(entity), turn.abi(), reason) != SHOAL_STATUS_OK) {
      turn.roll_back_to(before);
    }
  }
  destroy(entity);
}

void Shard::stop_all(Turn& turn, shoal_stop_reason reason, std::uint64_t tag) {
  std::vector<Entity*> all;
  all.reserve(entities_.size());
  entities_.for_each([&all](Entity& entity) {
    all.push_back(&entity);
    return true;
  });
  for (Entity* entity : all) {
    turn.begin({.phase = SHOAL_PHASE_STOP, .shard = id_, .entity_id = entity->id(), .tag = tag});
    stop(turn, *entity, reason);
  }
}

Result<std::string> Shard::describe(std::string_view id) const {
  const Entity* entity = entities_.find(id, hash_of(id));
  if (entity == nullptr) {
    return error(ErrorCode::not_found, "no active entity of type " + type_->name + " has this id");
  }
  if (type_->abi->describe == nullptr) {
    return error(ErrorCode::refused,
                 "type " + type_->name + " does not describe its state: give it a `describe`");
  }
  modules::BoundedWriter text(kDescriptionBytesMax);
  if (type_->abi->describe(type_->state, entities_.slot(*entity), text.abi()) != SHOAL_STATUS_OK) {
    return error(ErrorCode::failed, "describing an entity of type " + type_->name + " failed in module " +
                                        type_->generation->id());
  }
  return std::string(text.text());
}

void Shard::list(std::size_t limit, std::vector<std::string>& ids) const {
  if (ids.size() >= limit) return;
  entities_.for_each([&](const Entity& entity) {
    ids.emplace_back(entity.id());
    return ids.size() < limit;
  });
}

}  // namespace shoal::lanes
