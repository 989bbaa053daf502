#pragma once
// The parked entities of a type, which its lanes remember: to look at, and to take out again.
//
// [any-thread]. What is asked of lanes is answered on one of them, once; a lane that never comes to it never
// answers.

#include <cstddef>
#include <string>
#include <vector>

#include "host/lane_group.hpp"
#include "host/management/host_api.hpp"
#include "host/type_directory.hpp"

namespace shoal::host {

// At most `limit`, in the order of their ids.
void list_parked(LaneGroup& lanes, const OpenType& type, std::size_t limit,
                 management::Callback<std::vector<management::ParkedEntity>> done);

// not_found: the entity is not parked.
void unpark_entity(LaneGroup& lanes, const OpenType& type, ShardId shard, std::string id,
                   const management::Callback<void>& done);

}  // namespace shoal::host
