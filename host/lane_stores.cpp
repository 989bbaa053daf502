#include "host/lane_stores.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "journal/rocks_state_store.hpp"
#include "journal/store_thread.hpp"

namespace shoal::host {

Result<std::unique_ptr<LaneStores>> LaneStores::open(const std::filesystem::path& directory,
                                                     std::size_t cache_bytes) {
  SHOAL_TRY(opened, journal::open_rocks_state_store({directory.string(), cache_bytes}));
  if (opened.beginning == journal::StoreBeginning::damaged) spdlog::warn("{}", opened.message);
  return std::unique_ptr<LaneStores>(new LaneStores(std::move(opened.store)));
}

void LaneStores::give(lanes::Lane& lane) {
  journal::StoreThreadOptions options;
  options.wake = lane.waker();
  lane.use_store(std::make_unique<journal::StoreThread>(*store_, std::move(options)));
}

management::StateStoreStatus LaneStores::status(const LaneGroup& lanes) const {
  const journal::StoreSize size = store_->size();
  management::StateStoreStatus status;
  status.entities = size.entities;
  status.disk_bytes = size.disk_bytes;
  for (std::uint32_t index = 0; index < lanes.count(); ++index) {
    const lanes::LaneCounters& counters = lanes.lane(LaneIndex{index}).counters();
    status.backlog_bytes += counters.store_backlog_bytes.load(std::memory_order_relaxed);
    status.rebuilds_total += counters.store_rebuilds.load(std::memory_order_relaxed);
  }
  return status;
}

}  // namespace shoal::host
