#pragma once
// What a run of lanes is made of: two types in two shards each, and what happens to their hosts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "shoal/base/ids.hpp"
#include "tests/sim/lanes/lane_bugs.hpp"

namespace shoal::sim {

inline constexpr std::uint32_t lane_shards = 2;
inline constexpr std::array<const char*, 2> lane_types = {"diary", "board"};  // `events`, `state`
inline constexpr std::array<const char*, 4> lane_ids = {"a0", "b0", "a1", "b1"};

// An entity's shard is the last digit of its id.
inline std::uint32_t shard_of_id(std::string_view id) {
  return static_cast<std::uint32_t>(id.back() - '0') % lane_shards;
}
inline std::string topic_of(std::uint32_t type) { return std::string(lane_types[type]) + "s"; }

struct LanePlan {
  std::uint64_t steps = 2'500;
  std::uint32_t hosts = 2;       // at a time
  std::uint32_t starts_max = 8;  // beyond the first one
  bool has_crashes = false;
  bool has_power_failures = false;
  bool has_disk_errors = false;
  bool has_standing_clocks = false;  // a host's clock stands while it is paused
  bool has_failing_turns = false;
  bool remakes_topics = false;
  bool has_late_records = false;   // some are stashed by their first turn, which changes the entity
  std::uint64_t records_max = 60;  // of sources
  std::int64_t lease_ms = 48;
  std::int64_t longer_lease_ms = 0;   // of every other host; 0: all have the same
  std::uint64_t stops_a_pause = 20;   // of a lane, about, if nothing is calm
  std::uint64_t steps_a_drain = 400;  // about, if nothing is calm
  std::uint64_t calm = 1;             // so many times as long nothing happens to hosts
  std::uint64_t segment_bytes = 32 * 1024;
  std::size_t checkpoint_bytes = 2'000;
  std::uint32_t active_max = 0;         // of a type, in all shards; 0: any number
  std::int64_t passivate_after_ms = 0;  // 0: entities stay in memory
  bool has_store = false;               // states of those that leave it are in a state store
  LaneBug bug = LaneBug::none;
  std::ostream* trace = nullptr;
};

}  // namespace shoal::sim
