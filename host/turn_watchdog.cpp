#include "host/turn_watchdog.hpp"

#include <algorithm>
#include <utility>

#include "host/management/percent.hpp"

namespace shoal::host {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookInterval = 1s;
constexpr auto kWarnInterval = 1min;

}  // namespace

TurnWatchdog::TurnWatchdog(Options options) : options_(std::move(options)), seen_(options_.watches.size()) {}

void TurnWatchdog::look(Clock::time_point now, std::int64_t epoch_ms) {
  if (options_.warn_after.count() == 0 || now < look_due_) return;
  look_due_ = now + std::min(kLookInterval, options_.warn_after);
  for (std::uint32_t index = 0; index < seen_.size(); ++index) look_at(LaneIndex{index}, now, epoch_ms);
}

void TurnWatchdog::look_at(LaneIndex lane, Clock::time_point now, std::int64_t epoch_ms) {
  const auto running = options_.watches[lane.value]->look();
  {
    const std::lock_guard lock(mutex_);
    Seen& seen = seen_[lane.value];
    if (!running || running->turn != seen.turn) {
      seen = running ? Seen{running->turn, now, epoch_ms, now + options_.warn_after} : Seen{};
      return;
    }
    if (now < seen.warn_due) return;
    seen.warn_due = now + kWarnInterval;
  }
  const State found = state(lane, now);
  if (found.stuck) options_.warn(options_.text ? options_.text(lane, found) : text_of(lane, found));
}

TurnWatchdog::State TurnWatchdog::state(LaneIndex lane, Clock::time_point now) const {
  Seen seen;
  {
    const std::lock_guard lock(mutex_);
    seen = seen_[lane.value];
  }
  State state;
  const auto running = options_.watches[lane.value]->look();
  if (!running || running->turn != seen.turn) return state;
  state.seconds = std::chrono::duration<double>(now - seen.since).count();
  if (now - seen.since < options_.warn_after) return state;
  Names names = options_.names_of(running->type);
  state.stuck = management::StuckTurn{
      std::move(names.type),    running->id,   running->id_bytes, std::move(names.module),
      std::move(names.version), seen.since_ms, running->is_last};
  return state;
}

namespace {

std::string names_of(const TurnWatchdog::State& state) {
  const management::StuckTurn& stuck = *state.stuck;
  std::string id = management::percent_encode(stuck.id);
  if (stuck.id.size() < stuck.id_bytes) id += "... (" + std::to_string(stuck.id_bytes) + " bytes)";
  return (stuck.is_last ? "one turn, now in on_stop, for " : "one turn for ") +
         std::to_string(static_cast<std::uint64_t>(state.seconds)) + " s: type " + stuck.type + ", entity " +
         id + ", module " + stuck.module + " " + stuck.version;
}

}  // namespace

std::string text_of(LaneIndex lane, const TurnWatchdog::State& state) {
  return "lane " + std::to_string(lane.value) + " has been inside of " + names_of(state) +
         ": if it does not end, mend the module and restart the host";
}

std::string blocking_text_of(LaneIndex thread, const TurnWatchdog::State& state) {
  return "thread " + std::to_string(thread.value) + " of a type that may block has been inside of " +
         names_of(state) + ": it keeps the thread and its entity; look at what it waits for";
}

}  // namespace shoal::host
