// The rows replay and takeover_ms: logs that another owner has written and closed, and a host's lane that
// claims and reads them, makes their entities and answers.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "journal_rows.hpp"
#include "local_module.h"
#include "log_writer.hpp"
#include "shoal/event_number.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kReplayShards = 16;
constexpr std::uint32_t kReplayEntities = 10'000;
constexpr std::uint32_t kTakeoverEntities = 100'000;
constexpr std::uint64_t kTailEvents = 1'000;
constexpr std::uint64_t kCommitRecords = 512;
constexpr std::uint64_t kUncountedMax = 64 * kCommitRecords;
constexpr std::uint32_t kStride = 7'919;  // prime: entities come in no order

struct Place {
  std::string id;
  std::uint32_t shard;
  std::uint64_t events = 0;
};

std::vector<Place> places(const LocalLanes::Options& options, std::uint32_t count) {
  const LocalLanes lanes({options.module, 1, options.shards, {}, {}});
  std::vector<Place> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string id = "entity-" + std::to_string(i);
    const ShardId shard = lanes.shard_of(id);
    all.push_back({std::move(id), shard.value});
  }
  return all;
}

// Events in turn of all entities.
void write_events(LogWriter& writer, std::vector<Place>& entities, std::uint64_t events) {
  const std::string bytes(EVENT_BYTES, 'e');
  const std::array recorded{journal::Event{event_number("recorded"), 1, bytes}};
  journal::Turn turn;
  turn.state_version = 1;
  turn.events = recorded;
  turn.effects.module_version = "1.0.0";
  turn.effects.now_ms = 1'700'000'000'000;
  for (std::uint64_t event = 0; event < events; ++event) {
    Place& place = entities[event * kStride % entities.size()];
    turn.entity = place.id;
    turn.revision = ++place.events;
    writer.append(place.shard, turn);
    if (event % kCommitRecords == kCommitRecords - 1) writer.commit(kUncountedMax);
  }
}

// Of a shard that is all there is.
void write_checkpoint(LogWriter& writer, std::vector<Place>& entities) {
  const journal::Sequence begin = writer.append(0, journal::CheckpointBegin{});
  std::uint64_t written = 0;
  for (Place& place : entities) {
    const std::uint64_t count = ++place.events;
    const std::string_view state(reinterpret_cast<const char*>(&count), sizeof count);
    writer.append(0, journal::Snapshot{{place.id, count, 1, state}, "1.0.0"});
    if (++written % kCommitRecords == 0) writer.commit(kUncountedMax);
  }
  writer.append(0, journal::CheckpointPart{});
  writer.append(0, journal::CheckpointEnd{begin});
}

// Each answer says that all events of its entity are there.
void ask(LocalLanes& lanes, const Place& place) {
  const std::string answer = lanes.ask(lanes.make("ledger", place.id, "get", ""));
  std::uint64_t count = 0;
  if (answer.size() != sizeof count) fail("an answer of another size");
  std::memcpy(&count, answer.data(), sizeof count);
  if (count != place.events) fail(place.id + " has lost events");
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

double measure_replay(LocalLanes::Options options, std::uint64_t events) {
  options.shards = kReplayShards;
  std::vector<Place> entities = places(options, kReplayEntities);
  {
    LogWriter writer(options.journal, kReplayShards);
    write_events(writer, entities, events);
    writer.close();
  }
  const auto begin = std::chrono::steady_clock::now();
  LocalLanes lanes(options);
  for (std::uint32_t shard = 0; shard < kReplayShards; ++shard) {
    const auto of_shard = [shard](const Place& place) { return place.shard == shard; };
    ask(lanes, *std::find_if(entities.begin(), entities.end(), of_shard));
  }
  return static_cast<double>(events) / seconds_since(begin);
}

double measure_takeover(LocalLanes::Options options) {
  options.shards = 1;
  std::vector<Place> entities = places(options, kTakeoverEntities);
  {
    LogWriter writer(options.journal, 1);
    write_checkpoint(writer, entities);
    write_events(writer, entities, kTailEvents);
    writer.close();
  }
  const auto begin = std::chrono::steady_clock::now();
  LocalLanes lanes(options);
  ask(lanes, entities.front());
  return seconds_since(begin) * 1e3;
}

}  // namespace shoal::bench
