#pragma once
// What the log of an entity's shard says of the entity, read by the shard's owner.
//
// [any-thread]. What is asked of a lane is answered on it, once; a lane that never comes to it never answers.

#include <string>

#include "host/config/config.hpp"
#include "host/lane_group.hpp"
#include "host/management/host_api.hpp"
#include "host/type_directory.hpp"

namespace shoal::host {

// Records of at most so many bytes in one answer, but for a single one that is longer.
inline constexpr std::size_t history_bytes_max = 1024 * 1024;

// not_found: the log says nothing of the entity, of which all was asked for. refused: the type is not
// durable. unavailable: the shard's log is not here. overloaded: too many are being read.
void read_history(const config::Config& config, LaneGroup& lanes, const OpenType& type, ShardId shard,
                  std::string id, const management::HistoryQuery& query,
                  const management::Callback<management::EntityHistory>& done);

}  // namespace shoal::host
