#pragma once
// LaneGroup: the lanes of a host, and which of them has which shard. Owned by the composition root; any
// thread may call what is not said to be [control].

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/active_limits.hpp"
#include "host/lanes/lane.hpp"
#include "host/type_directory.hpp"

namespace shoal::host {

using PolicyOf = std::function<lanes::TypePolicy(const modules::EntityType&)>;

class LaneGroup {
 public:
  // Started by `start`.
  // `policy_of` says how the entities of a type live, `limits` how many may be active; it outlives this.
  LaneGroup(std::vector<std::unique_ptr<lanes::Lane>> lanes, PolicyOf policy_of, ActiveLimits& limits);

  // `opened` hears of each durable type, before its shards ask for their logs. Requires: no type is opened.
  using DurableOpened = std::function<void(const std::string& type, std::uint32_t shard_count)>;
  void on_durable_opened(DurableOpened opened) { durable_opened_ = std::move(opened); }

  void start();  // [control]
  void drain();  // [control]
  bool ended() const;
  // Which lanes have not ended, and what each waits for.
  std::string unended() const;
  void join();  // [control]

  std::uint32_t count() const { return static_cast<std::uint32_t>(lanes_.size()); }
  lanes::Lane& lane(LaneIndex index) { return *lanes_[index.value]; }
  const lanes::Lane& lane(LaneIndex index) const { return *lanes_[index.value]; }

  // Fixed while the host runs.
  LaneIndex lane_of(ShardId shard) const { return LaneIndex{shard.value % count()}; }

  // Makes the shards of a type on every lane and gives its entry. Requires: no two callers open the same
  // type.
  std::shared_ptr<const OpenType> open_type(const std::shared_ptr<const modules::EntityType>& type,
                                            std::uint32_t shard_count);

  // False where the lane's inbox is full: the message is lost, its `on_reply` left.
  bool put(lanes::Message& message);

 private:
  std::vector<std::unique_ptr<lanes::Lane>> lanes_;
  PolicyOf policy_of_;
  ActiveLimits& limits_;
  DurableOpened durable_opened_;
  std::atomic<std::uint32_t> types_opened_{0};
};

}  // namespace shoal::host
