#pragma once
// BlockingPort: one lane's way to the pool of one type: which entities wait for a thread, how many turns are
// out, and what waits.
//
// Owned and used by the lane. Bounds: the pool's `turns_max` turns are out; what waits is bounded where it is
// kept.

#include <deque>
#include <memory>
#include <vector>

#include "host/lanes/blocking_pool.hpp"
#include "host/lanes/entity_ref.hpp"

namespace shoal::lanes {

class BlockingPort {
 public:
  struct Options {
    std::shared_ptr<BlockingPool> pool;
    LaneIndex lane;
    Inbox* inbox = nullptr;
    Turn::Options turn;  // of the lane's own
    Mail* mail = nullptr;
  };

  explicit BlockingPort(Options options);

  // Another turn may go out.
  bool has_room() const { return out_ < options_.pool->turns_max(); }
  // Nothing is out, and no entity could have its turn.
  bool idle() const { return out_ == 0 && ready_.empty(); }

  // What turns may address from now on.
  void set_catalogue(std::shared_ptr<const Catalogue> catalogue) { catalogue_ = std::move(catalogue); }

  // A turn to be filled. Requires: has_room().
  std::unique_ptr<BlockingTurn> make();
  // Sends it to a thread; it comes back in the lane's inbox.
  void put(std::unique_ptr<BlockingTurn> turn);
  // It has come back, and all of it was taken.
  void give_back(std::unique_ptr<BlockingTurn> turn);

  // Entities that may have their next turn, in order; one may stand here twice.
  void add_ready(const EntityRef& entity) { ready_.push_back(entity); }
  bool has_ready() const { return !ready_.empty(); }
  EntityRef take_ready() {
    const EntityRef entity = ready_.front();
    ready_.pop_front();
    return entity;
  }

  // One record or message more, or less, waits at its entity.
  void waits(std::size_t bytes);
  void waits_no_more(std::size_t bytes);

 private:
  BlockingCounters& counters() { return options_.pool->counters(options_.lane); }

  Options options_;
  std::shared_ptr<const Catalogue> catalogue_;
  std::deque<EntityRef> ready_;
  std::vector<std::unique_ptr<BlockingTurn>> free_;
  std::size_t out_ = 0;
  std::size_t waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace shoal::lanes
