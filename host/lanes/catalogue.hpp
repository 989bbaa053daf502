#pragma once
// Catalogue: the entity types that a lane's turns can address, by name. Changed and used by one lane.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "host/lanes/entity_ref.hpp"
#include "host/modules/entity_type.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

// The field's one partitioner: `partition of the key`, given the number of partitions.
using PartitionOf = std::uint32_t (*)(shoal_bytes key, std::uint32_t partition_count);

class Catalogue {
 public:
  struct Entry {
    TypeIndex index;
    std::uint32_t shard_count;
    std::shared_ptr<const modules::EntityType> type;
    bool is_durable = false;
  };

  explicit Catalogue(PartitionOf partition_of) : partition_of_(partition_of) {}

  void add(Entry entry) { entries_.push_back(std::move(entry)); }

  // Null where no type of this name is open. Few types are open, so looking through all is the fastest.
  const Entry* find(std::string_view name) const {
    for (const Entry& entry : entries_) {
      if (entry.type->name == name) return &entry;
    }
    return nullptr;
  }

  // Requires: it is open.
  const Entry& at(TypeIndex type) const {
    for (const Entry& entry : entries_) {
      if (entry.index == type) return entry;
    }
    SHOAL_ASSERT(false);
  }

  ShardId shard_of(const Entry& entry, shoal_bytes id) const {
    return ShardId{partition_of_(id, entry.shard_count)};
  }

 private:
  PartitionOf partition_of_;
  std::vector<Entry> entries_;
};

}  // namespace shoal::lanes
