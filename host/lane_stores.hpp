#pragma once
// LaneStores: the state store of a host and what each lane has of it. [control]

#include <filesystem>
#include <memory>

#include "host/lane_group.hpp"
#include "host/management/host_api.hpp"
#include "journal/state_store.hpp"

namespace shoal::host {

class LaneStores {
 public:
  // Opens the store, or makes it; says in the log where it had to be made anew. Fails where another process
  // has it open, or the directory cannot be used.
  static Result<std::unique_ptr<LaneStores>> open(const std::filesystem::path& directory,
                                                  std::size_t cache_bytes);

  // Requires: the lane has not been started and has no types yet; this outlives it.
  void give(lanes::Lane& lane);

  // Any thread.
  management::StateStoreStatus status(const LaneGroup& lanes) const;

 private:
  explicit LaneStores(std::unique_ptr<journal::StateStore> store) : store_(std::move(store)) {}

  std::unique_ptr<journal::StateStore> store_;
};

}  // namespace shoal::host
