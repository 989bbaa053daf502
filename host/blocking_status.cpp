#include "host/blocking_status.hpp"

#include <algorithm>
#include <utility>

#include "host/management/percent.hpp"

namespace shoal::host {

std::optional<management::BlockingStatus> blocking_status(const OpenType& type) {
  if (!type.pool) return std::nullopt;
  const lanes::BlockingPool& pool = *type.pool;
  management::BlockingStatus status;
  status.threads = pool.threads();
  status.running = pool.running();
  for (std::uint32_t lane = 0; lane < pool.lanes(); ++lane) {
    const lanes::BlockingCounters& counters = pool.counters(LaneIndex{lane});
    status.turns_total += counters.turns.load(std::memory_order_relaxed);
    status.waiting += counters.waiting.load(std::memory_order_relaxed);
    status.waiting_bytes += counters.waiting_bytes.load(std::memory_order_relaxed);
  }
  for (std::uint32_t thread = 0; thread < pool.threads(); ++thread) {
    TurnWatchdog::State turn = type.watchdog->state(LaneIndex{thread}, TurnWatchdog::Clock::now());
    status.turn_seconds = std::max(status.turn_seconds, turn.seconds);
    if (turn.stuck) status.stuck.push_back(std::move(*turn.stuck));
  }
  return status;
}

std::string blocking_trouble(const OpenType& type) {
  const auto status = blocking_status(type);
  if (!status || status->stuck.size() < status->threads) return "";
  const std::string& name = type.type->name;
  return "each of the " + std::to_string(status->threads) + " threads of type " + name +
         " has been inside of one turn for longer than types." + name +
         ".blocking_warning_ms: look at what they wait for (`shoal status`), or raise types." + name +
         ".blocking_threads and restart the host";
}

std::vector<std::string> running_entities(const OpenType& type) {
  std::vector<std::string> ids;
  if (!type.pool) return ids;
  for (std::uint32_t thread = 0; thread < type.pool->threads(); ++thread) {
    const auto turn = type.pool->watch(thread).look();
    if (!turn) continue;
    ids.push_back(management::percent_encode(turn->id) + (turn->id.size() < turn->id_bytes ? "..." : ""));
  }
  return ids;
}

}  // namespace shoal::host
