#pragma once
// TypeDirectory: the entity types that can be addressed now, by name. Written on the control side, read by
// any thread; one mutex, never held while anything else is called. Entries are immutable and stay for the
// host's life.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/shard.hpp"
#include "host/modules/registry.hpp"
#include "host/turn_watchdog.hpp"

namespace shoal::host {

struct OpenType {
  lanes::TypeIndex index;
  std::uint32_t shard_count = 0;
  std::shared_ptr<const modules::EntityType> type;
  std::vector<std::shared_ptr<lanes::TypeCounters>> counters;  // one a lane
  std::shared_ptr<std::atomic<std::uint32_t>> active_max;      // entities; 0: any number
  // Of a type whose turns may block; null of others.
  std::shared_ptr<lanes::BlockingPool> pool;
  std::unique_ptr<TurnWatchdog> watchdog;

  // Over all lanes.
  std::uint64_t sum(std::atomic<std::uint64_t> lanes::TypeCounters::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& of_lane : counters) sum += (of_lane.get()->*counter).load(std::memory_order_relaxed);
    return sum;
  }
};

class TypeDirectory {
 public:
  // Null where no type of this name is open.
  std::shared_ptr<const OpenType> find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : found->second;
  }

  // Requires: no type of this name was added before.
  void add(std::shared_ptr<const OpenType> type) {
    const std::lock_guard lock(mutex_);
    types_.emplace(type->type->name, std::move(type));
  }

  std::vector<std::shared_ptr<const OpenType>> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const OpenType>> types;
    types.reserve(types_.size());
    for (const auto& [name, type] : types_) types.push_back(type);
    return types;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const OpenType>, std::less<>> types_;
};

}  // namespace shoal::host
