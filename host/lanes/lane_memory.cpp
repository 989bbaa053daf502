// Which entities of a lane leave memory, by themselves or for want of it.

#include <utility>
#include <vector>

#include "host/lanes/lane.hpp"

namespace shoal::lanes {

void Lane::count_sheddable(std::uint32_t now_tick, Shedding::Counted done) {
  shedding_.count(sheddable_shards(), now_tick, std::move(done));
}

void Lane::shed(const ShedOrder& order, Shedding::Shed done) {
  shedding_.shed(sheddable_shards(), order, std::move(done));
}

std::vector<Shard*> Lane::sheddable_shards() const {
  std::vector<Shard*> shards;
  for (const Type& type : types_) {
    for (const auto& shard : type.shards) {
      if (shard && shard->shed_candidates() != nullptr) shards.push_back(shard.get());
    }
  }
  return shards;
}

void Lane::passivate_idle() {
  begin_turns(steady_ns());
  for (const Type& type : types_) {
    for (const auto& shard : type.shards) {
      if (shard) shard->passivate_idle(turn_, no_record);
    }
  }
  shedding_.step(turn_, no_record, options_.clock);
  release();
  checkpoint();
}

}  // namespace shoal::lanes
