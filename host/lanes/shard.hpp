#pragma once
// Shard: the entities of one shard of one type, and how one record or message runs through them.
//
// Owned by one lane and used only there. Entities are made on their first message and run one turn at a time.
// What a turn wants to send stays in the lane's outbox; a turn that fails is rolled back and its entity
// thrown away.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/dead_letter.hpp"
#include "host/lanes/entity_table.hpp"
#include "host/lanes/turn.hpp"
#include "host/modules/registry.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

// The field's one partitioner: `partition of the key`, given the number of partitions.
using PartitionOf = std::uint32_t (*)(shoal_bytes key, std::uint32_t partition_count);

// Number of an entity type in the host; given in the order types are opened.
using TypeIndex = StrongId<struct TypeTag, std::uint32_t>;

// A message from inside the host or its management port. Views live as long as the call.
struct MessageView {
  std::string_view id;
  std::uint32_t message_index;
  shoal_bytes body;
  std::string_view traceparent;
  bool expects_reply;
};

class Shard {
 public:
  // `shard_count` is that of the type; `partition_of` decides which shard an id belongs to.
  Shard(ShardId id, TypeIndex type_index, std::uint32_t shard_count,
        std::shared_ptr<const modules::EntityType> type, PartitionOf partition_of);
  // Requires: stop_all was called.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Brings what the record of that key hash will touch into the cache.
  void prefetch(std::uint64_t hash) const { entities_.prefetch(hash); }

  // Runs a record as message `message_index`. `hash` is hash_of(its key). What it emits is labelled `tag`.
  // `turn.error()` says more about a dead letter.
  DeadLetterReason run(Turn& turn, const shoal_record& record, std::uint32_t message_index,
                       std::uint64_t hash, std::uint64_t tag);

  // Runs a message; the reply, if there is one, is in `turn`.
  DeadLetterReason run(Turn& turn, const MessageView& message, std::uint64_t tag);

  // Gives every entity its last turn and destroys it.
  void stop_all(Turn& turn, shoal_stop_reason reason, std::uint64_t tag);

  // The entity's state as one JSON value. not_found where it is not active.
  Result<std::string> describe(std::string_view id) const;

  // Appends ids of active entities until `ids` has `limit`.
  void list(std::size_t limit, std::vector<std::string>& ids) const;

  std::uint64_t entity_count() const { return entities_.size(); }
  const modules::EntityType& type() const { return *type_; }
  TypeIndex type_index() const { return type_index_; }

 private:
  struct Body {
    std::uint32_t message_index;
    shoal_bytes bytes;
  };

  DeadLetterReason admit(Turn& turn, const shoal_record& record, std::uint32_t message_index) const;
  DeadLetterReason run_turn(Turn& turn, std::string_view id, std::uint64_t hash, const Body& body);
  Entity* construct(Turn& turn, std::string_view id, std::uint64_t hash);
  void destroy(Entity& entity);
  void stop(Turn& turn, Entity& entity, shoal_stop_reason reason);

  ShardId id_;
  TypeIndex type_index_;
  std::uint32_t shard_count_;
  std::shared_ptr<const modules::EntityType> type_;
  PartitionOf partition_of_;
  EntityTable entities_;
};

}  // namespace shoal::lanes
