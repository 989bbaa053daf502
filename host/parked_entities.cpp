#include "host/parked_entities.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <utility>

#include "host/lanes/lane_clock.hpp"

namespace shoal::host {

namespace {

using management::Callback;
using management::ParkedEntity;

// Gathered from all lanes; the last one to answer calls `done`.
struct Collection {
  Collection(std::size_t lanes, std::size_t count_max, Callback<std::vector<ParkedEntity>> callback)
      : outstanding(lanes), limit(count_max), of_lanes(lanes), done(std::move(callback)) {}

  std::atomic<std::size_t> outstanding;
  std::size_t limit;
  std::vector<std::vector<ParkedEntity>> of_lanes;
  Callback<std::vector<ParkedEntity>> done;
};

std::vector<ParkedEntity> read(const lanes::FailureBudget& failures, std::size_t limit) {
  const std::int64_t epoch_ms = (lanes::wall_clock_ns() - lanes::steady_ns()) / 1'000'000;
  std::vector<ParkedEntity> parked;
  failures.list_parked("", [&](std::string_view id, const lanes::FailureBudget::Parked& entity) {
    parked.push_back({std::string(id), epoch_ms + entity.since_ms, entity.failures, entity.reason});
    return parked.size() < limit;
  });
  return parked;
}

void finish(const Collection& collection) {
  std::vector<ParkedEntity> all;
  for (const auto& of_lane : collection.of_lanes) {
    all.insert(all.end(), of_lane.begin(), of_lane.end());
  }
  std::sort(all.begin(), all.end(),
            [](const ParkedEntity& left, const ParkedEntity& right) { return left.id < right.id; });
  all.resize(std::min(all.size(), collection.limit));
  collection.done(std::move(all));
}

}  // namespace

void list_parked(LaneGroup& lanes, const OpenType& type, std::size_t limit,
                 Callback<std::vector<ParkedEntity>> done) {
  auto collection = std::make_shared<Collection>(lanes.count(), limit, std::move(done));
  for (std::uint32_t index = 0; index < lanes.count(); ++index) {
    lanes.lane(LaneIndex{index}).put([collection, index, number = type.index](lanes::Lane& lane) {
      collection->of_lanes[index] = read(lane.find_memory(number)->failures, collection->limit);
      if (collection->outstanding.fetch_sub(1) == 1) finish(*collection);
    });
  }
}

void unpark_entity(LaneGroup& lanes, const OpenType& type, ShardId shard, std::string id,
                   const Callback<void>& done) {
  lanes.lane(lanes.lane_of(shard))
      .put([number = type.index, name = type.type->name, id = std::move(id), done](lanes::Lane& lane) {
        if (lane.find_memory(number)->unpark(id)) return done(success());
        done(error(ErrorCode::not_found, "the entity of type " + name +
                                             " is not parked: `shoal entity parked` lists those that are"));
      });
}

}  // namespace shoal::host
