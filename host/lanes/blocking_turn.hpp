#pragma once
// BlockingTurn: one turn of an entity whose type blocks, on its way to a thread of the type's pool and back
// to the entity's lane.
//
// Whoever holds it owns it: the lane, a queue, or one thread of the pool [blocking]. That thread touches the
// entity's slot and nothing else of the lane; what the turn wants to send waits in buffers of the turn's own
// until the lane takes it over. Bounded: 16 MiB of records, 16 MiB of messages, 1,000 asks.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/lanes/attachment.hpp"
#include "host/lanes/catalogue.hpp"
#include "host/lanes/kept.hpp"
#include "host/lanes/leave_rule.hpp"
#include "host/lanes/mail.hpp"
#include "host/lanes/outbox.hpp"
#include "host/lanes/turn.hpp"
#include "host/lanes/turn_watch.hpp"

namespace shoal::lanes {

class Inbox;

inline constexpr std::size_t blocking_records_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t blocking_asks_max = 1'000;

// How it came back.
enum class BlockingEnd : std::uint8_t {
  ran,               // `status` is what the behaviour said
  construct_failed,  // there is no object in the slot
  too_late,          // not begun: the deadline of its message had passed
  not_begun,         // the host stops: its record is read again after the restart
};

// What it asks the behaviour for.
using BlockingCall = std::function<shoal_status(const modules::EntityType&, void* slot, const shoal_turn*)>;

// The entity's state as one JSON value.
Result<std::string> describe_slot(const modules::EntityType& type, const void* slot);

struct BlockingTurn {
  // `options` are those of the lane's own turn, but for what it sends into.
  explicit BlockingTurn(Turn::Options options);

  // Runs it, on a thread of the pool, which shows it in `watch`. [blocking]
  void run(std::int64_t wall_clock_ns, std::int64_t steady_ns, TurnWatch& watch);

  // What it wants to send, for the lane; kept from turn to turn. Before `turn`, which holds pointers to both.
  Outbox records{blocking_records_bytes_max};
  Mail mail;
  Turn turn;

  // Set by the lane. Of these a thread changes none.
  Inbox* home = nullptr;
  std::shared_ptr<const Catalogue> catalogue;
  std::size_t lent_asks = 0;
  const modules::EntityType* type = nullptr;
  EntityRef entity;
  void* slot = nullptr;
  bool constructs = false;  // there is no object in the slot
  bool is_reply = false;
  BlockingCall call;  // none: only the last turn, or a look at the state
  LeaveRule rule;
  shoal_stop_reason last_reason = 0;  // of a turn without call
  std::optional<Kept> kept;           // the message it runs
  std::int64_t deadline_ns = 0;       // of that
  OnDescribed on_described;           // only looks at the state

  // Set by the thread.
  BlockingEnd end = BlockingEnd::ran;
  shoal_status status = SHOAL_STATUS_OK;
  bool left = false;  // the object has had its last turn and is gone
  std::optional<Result<std::string>> description;
  std::size_t effect_bytes = 0;

  // For its next use.
  void clear();

 private:
  void run_calls(std::int64_t steady_ns, TurnWatch& watch);
  void last_turn(shoal_stop_reason reason, TurnWatch& watch);
};

}  // namespace shoal::lanes
