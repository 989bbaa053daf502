#include "host/lane_group.hpp"

#include <algorithm>

namespace shoal::host {

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
  for (const auto& lane : lanes_) {
    auto entity_count = std::make_shared<std::atomic<std::uint64_t>>(0);
    opened->entity_counts.push_back(entity_count);
    lane->put([index = opened->index, shard_count, type, entity_count](lanes::Lane& self) {
      self.open_type(index, shard_count, type, entity_count);
    });
  }
  return opened;
}

}  // namespace shoal::host
