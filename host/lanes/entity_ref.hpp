#pragma once
// EntityRef: names one incarnation of one active entity on its lane, cheaper than its id and never mistaken
// for a later incarnation.

#include <cstdint>

#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// Number of an entity type in the host; given in the order types are opened.
using TypeIndex = StrongId<struct TypeTag, std::uint32_t>;

struct EntityRef {
  TypeIndex type;
  ShardId shard;
  std::uint32_t block = 0;        // of the shard's entity table
  std::uint32_t incarnation = 0;  // 0: no entity

  bool operator==(const EntityRef&) const = default;
};

}  // namespace shoal::lanes
