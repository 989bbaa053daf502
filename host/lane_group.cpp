#include "host/lane_group.hpp"

#include <algorithm>

namespace shoal::host {

LaneGroup::LaneGroup(std::vector<std::unique_ptr<lanes::Lane>> lanes, PolicyOf policy_of,
                     ActiveLimits& limits)
    : lanes_(std::move(lanes)), policy_of_(std::move(policy_of)), limits_(limits) {
  std::vector<lanes::Lane*> all;
  all.reserve(lanes_.size());
  for (const auto& lane : lanes_) all.push_back(lane.get());
  for (const auto& lane : lanes_) lane->connect(all);
}

void LaneGroup::start() {
  for (const auto& lane : lanes_) lane->start();
}

void LaneGroup::drain() {
  for (const auto& lane : lanes_) lane->drain();
}

bool LaneGroup::ended() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->ended(); });
}

void LaneGroup::join() {
  for (const auto& lane : lanes_) lane->join();
}

std::shared_ptr<const OpenType> LaneGroup::open_type(const std::shared_ptr<const modules::EntityType>& type,
                                                     std::uint32_t shard_count) {
  auto opened = std::make_shared<OpenType>();
  opened->index = lanes::TypeIndex{types_opened_++};
  opened->shard_count = shard_count;
  opened->type = type;
  opened->active_max = limits_.of(type->name);
  for (const auto& lane : lanes_) {
    opened->counters.push_back(std::make_shared<lanes::TypeCounters>());
    lanes::TypePlan plan{opened->index,           shard_count,       type, policy_of_(*type),
                         opened->counters.back(), opened->active_max};
    lane->put([plan = std::move(plan)](lanes::Lane& self) { self.open_type(plan); });
  }
  return opened;
}

bool LaneGroup::put(lanes::Message& message) {
  auto parcel = std::make_unique<lanes::Parcel>();
  lanes::add(*parcel, message);
  if (lane(lane_of(message.shard)).put(parcel)) return true;
  if (!parcel->callbacks.empty()) message.on_reply = std::move(parcel->callbacks.front());
  return false;
}

}  // namespace shoal::host
