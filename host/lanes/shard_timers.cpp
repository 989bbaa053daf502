// The timers of a shard's entities: named ones, the receive timeout, and the end of a mode.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "host/lanes/shard_receive.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

std::int64_t to_ns(std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); }

}  // namespace

void Shard::cancel_timers(Attachment& attachment) const {
  TimerQueue& timers = options_.surroundings->timers;
  for (const EntityTimer& timer : attachment.timers) timers.cancel(timer.due);
  attachment.timers.clear();
  timers.cancel(attachment.receive_timeout_due);
  attachment.receive_timeout = std::chrono::milliseconds(0);
  timers.cancel(attachment.mode_due);
  attachment.mode_due = {};
  drop_own(attachment);
}

void Shard::apply_timer(Turn& turn, const Entity& entity, Attachment& attachment, TimerChange& change) {
  TimerQueue& timers = options_.surroundings->timers;
  const auto same = std::find_if(attachment.timers.begin(), attachment.timers.end(),
                                 [&](const EntityTimer& timer) { return timer.name == change.name; });
  if (same != attachment.timers.end()) {
    timers.cancel(same->due);
    attachment.timers.erase(same);
  }
  if (change.cancels) return;
  const auto due = timers.add(turn.steady_now_ns() + to_ns(change.delay), {ref_of(entity), 0});
  if (!due) return;
  attachment.timers.push_back(
      {std::move(change.name), change.interval, change.continuation_id, std::move(change.payload), *due});
}

void Shard::set_receive_timeout(Turn& turn, const Entity& entity, Attachment& attachment,
                                std::chrono::milliseconds timeout) {
  TimerQueue& timers = options_.surroundings->timers;
  timers.cancel(attachment.receive_timeout_due);
  attachment.receive_timeout = timeout;
  attachment.last_message_ns = turn.steady_now_ns();
  if (timeout.count() == 0) return;
  if (const auto due = timers.add(turn.steady_now_ns() + to_ns(timeout), {ref_of(entity), 0})) {
    attachment.receive_timeout_due = *due;
  }
}

TurnResult Shard::run_timer(Turn& turn, const TimerQueue::Due& due, std::uint64_t tag) {
  const EntityRef& owner = due.payload.owner;
  Entity* entity = entities_.at(owner.block, owner.incarnation);
  Attachment* attachment = entity == nullptr ? nullptr : attachment_of(*entity);
  if (attachment == nullptr) return {};
  if (!blocks()) return fire(turn, *entity, *attachment, due, tag);
  add_own(*entity, due);
  return {};
}

// A timer that was cancelled or set anew since it was due is none any more.
TurnResult Shard::fire(Turn& turn, Entity& entity, Attachment& attachment, const TimerQueue::Due& due,
                       std::uint64_t tag) {
  if (due.id == attachment.receive_timeout_due) return fire_receive_timeout(turn, entity, attachment, tag);
  if (due.id == attachment.mode_due) return end_mode(turn, entity, attachment, tag);
  const auto timer = std::find_if(attachment.timers.begin(), attachment.timers.end(),
                                  [&](const EntityTimer& candidate) { return candidate.due == due.id; });
  if (timer == attachment.timers.end()) return {};
  return fire_entity_timer(turn, entity, attachment, timer, tag);
}

// The timer is set anew, or gone, before its turn runs: the turn may change it.
TurnResult Shard::fire_entity_timer(Turn& turn, Entity& entity, Attachment& attachment,
                                    std::vector<EntityTimer>::iterator timer, std::uint64_t tag) {
  const auto call = [name = timer->name, payload = timer->payload, id = timer->continuation_id](
                        const modules::EntityType& type, void* slot, const shoal_turn* abi) {
    const shoal_continuation continuation{id, 0, to_bytes(payload)};
    return type.abi->on_timer(type.state, slot, abi, to_bytes(name), &continuation);
  };
  const auto again = timer->interval.count() == 0
                         ? std::nullopt
                         : options_.surroundings->timers.add(turn.steady_now_ns() + to_ns(timer->interval),
                                                             {ref_of(entity), 0});
  if (again) {
    timer->due = *again;
  } else {
    attachment.timers.erase(timer);
  }
  begin(turn, start_of(SHOAL_PHASE_TIMER, entity, tag));
  return run_own(turn, entity, call);
}

// A message since the timer was set moves it on: so a message costs one store and not a change of the queue.
TurnResult Shard::fire_receive_timeout(Turn& turn, Entity& entity, Attachment& attachment,
                                       std::uint64_t tag) {
  const std::int64_t quiet_until = attachment.last_message_ns + to_ns(attachment.receive_timeout);
  const bool is_quiet = quiet_until <= turn.steady_now_ns();
  const std::int64_t next = is_quiet ? turn.steady_now_ns() + to_ns(attachment.receive_timeout) : quiet_until;
  attachment.receive_timeout_due =
      options_.surroundings->timers.add(next, {ref_of(entity), 0}).value_or(TimerId{});
  if (!is_quiet) return {};
  begin(turn, start_of(SHOAL_PHASE_RECEIVE_TIMEOUT, entity, tag));
  return run_own(turn, entity, [](const modules::EntityType& type, void* slot, const shoal_turn* abi) {
    return type.abi->on_receive_timeout(type.state, slot, abi);
  });
}

// It is counted always, and told within bounds: many may be stopped at once.
void Shard::note_stop_timeout(const Entity& entity) {
  options_.memory->stop_timed_out();
  if (!options_.surroundings->stop_timeout_lines.admits()) return;
  const modules::EntityType& type = *options_.type;
  spdlog::warn(
      "type {}, entity {}, module {} {}: it has not stopped within {} ms of its stop message and is stopped: "
      "let the module call `stop` sooner, or raise types.{}.stop_timeout_ms",
      type.name, entity.id(), type.generation->id(), type.generation->version(),
      options_.policy.stop_timeout.count(), type.name);
}

// An entity that did not answer its stop message goes without having answered; one that backed off may run.
TurnResult Shard::end_mode(Turn& turn, Entity& entity, Attachment& attachment, std::uint64_t tag) {
  attachment.mode_due = {};
  if (attachment.mode == EntityMode::stopping) {
    note_stop_timeout(entity);
    const WatchedTurn watch = watched(entity.id());
    begin(turn, start_of(SHOAL_PHASE_STOP, entity, tag));
    end_with_last_turn(turn, entity, SHOAL_STOP_REASON_PASSIVATED);
  } else if (attachment.mode == EntityMode::backing_off) {
    make_ready(entity);
  }
  return {};
}

}  // namespace shoal::lanes
