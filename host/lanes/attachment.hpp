#pragma once
// Attachment: what a shard keeps for an entity beside its slot, made when it is first needed: timers, the
// receive timeout, messages that wait, and why the entity does not take messages at once. Most entities never
// have one, and then none of it costs anything.

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <variant>
#include <vector>

#include "host/lanes/kept.hpp"
#include "host/lanes/timer_queue.hpp"
#include "journal/lane_store.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

enum class EntityMode : std::uint8_t {
  running,      // takes its messages at once
  replaying,    // first runs what waits; new messages wait behind it
  stopping,     // has its own stop message; new messages wait for the next incarnation
  backing_off,  // failed; there is no object in the slot until its time has come
  reloading,    // failed; what it was before is being read from the log
  returning,    // its state is being read from the state store
};

constexpr bool has_object(EntityMode mode) {
  return mode != EntityMode::backing_off && mode != EntityMode::reloading && mode != EntityMode::returning;
}
// What waits for the entity goes on waiting until something else has ended: its stop, or the reading of what
// it was.
constexpr bool holds_what_waits(EntityMode mode) {
  return mode == EntityMode::stopping || mode == EntityMode::reloading || mode == EntityMode::returning;
}

// A named timer of an entity.
struct EntityTimer {
  std::string name;
  std::chrono::milliseconds interval{0};  // 0: once
  std::uint32_t continuation_id = 0;
  std::string payload;
  TimerId due;
};

// A reply to an ask of the entity, and what the asker gave along.
struct HeldReply {
  shoal_status status = SHOAL_STATUS_OK;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::string body;
  std::uint32_t continuation_id = 0;
  std::string payload;
};

// Somebody wants to see the state. Called once, on the lane.
using OnDescribed = std::function<void(Result<std::string>)>;

// The last turn of an entity that leaves.
struct LastTurn {
  shoal_stop_reason reason;
};

// What an entity whose turns may block is to run beside its messages, when a thread takes it.
using OwnTurn = std::variant<TimerQueue::Due, HeldReply, OnDescribed, LastTurn>;

struct Attachment {
  EntityMode mode = EntityMode::running;
  std::vector<EntityTimer> timers;
  std::chrono::milliseconds receive_timeout{0};  // 0: none
  std::int64_t last_message_ns = 0;              // steady clock
  TimerId receive_timeout_due;
  TimerId mode_due;     // the end of stopping or backing off
  std::string failure;  // while reloading: why
  journal::SharedState
      returned;  // what the store had of it, until there is an object; of revision 0: nothing
  bool stop_message_due = false;  // while stopping
  bool in_pool = false;           // a turn of the entity is out: nothing but the pool touches its slot
  bool left = false;              // that turn was the last one: the object is gone
  bool was_own = false;           // that turn was one of `own`: a message comes next
  std::list<OwnTurn> own;
  std::list<Kept> stash;
  std::list<Kept> waiting;
  std::size_t kept_bytes = 0;  // of stash and waiting

  // Says nothing of an entity that runs and whose turns do not block.
  bool is_bare() const {
    return timers.empty() && receive_timeout.count() == 0 && stash.empty() && waiting.empty() &&
           returned == nullptr;
  }
};

}  // namespace shoal::lanes
