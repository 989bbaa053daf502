// How a lane ends: when all that it has taken is finished, and its last acts.

#include <spdlog/spdlog.h>

#include "host/lanes/lane.hpp"

namespace shoal::lanes {

namespace {

using namespace std::chrono_literals;

// Longer than a coordinator that has gone can delay a commit; shorter than a stop may take.
constexpr auto kLastCommitTimeout = 12s;
constexpr auto kRoomInterval = 100ms;

void say_it_stops(const OnReply& on_reply) {
  if (on_reply) on_reply(error(ErrorCode::unavailable, "the host is shutting down"));
}

}  // namespace

std::string_view text_of(LaneStep step) {
  switch (step) {
    case LaneStep::runs:
      return "what it has taken to finish and to be acknowledged";
    case LaneStep::commits:
      return "its last commits";
    case LaneStep::last_turns:
      return "the last turns of its entities";
    case LaneStep::outputs:
      return "their logs, and room for what they sent";
    case LaneStep::handles:
      return "the end of its Kafka handles";
    case LaneStep::ended:
      break;
  }
  return "nothing";
}

bool Lane::drained() const {
  if (!draining_.load(std::memory_order_acquire)) return false;
  if (running_ || parcel_ || !outbox_.empty() || !held_.empty() || !inbox_.idle()) return false;
  if (post_office_->has_local() || post_office_->blocked() || !blocking_idle()) return false;
  for (const auto& reader : readers_) {
    // What a failed partition could not finish, or an entity keeps, stays uncommitted and is read again after
    // the restart.
    for (const auto& partition : reader->partitions()) {
      if (!partition->failed && partition->ledger.unfinished() > partition->kept_records) return false;
    }
  }
  return true;
}

// In order: commit what has finished, then the entities' last turns, then their outputs.
void Lane::finish() {
  enter(LaneStep::commits);
  for (const auto& reader : readers_) {
    if (const auto committed = reader->commit_now(kLastCommitTimeout); !committed) {
      spdlog::error("source {}: the last commit failed, records will be read again: {}", reader->plan().name,
                    committed.error().message);
    }
  }
  enter(LaneStep::last_turns);
  for (const Ask& ask : asks_.close_all()) say_it_stops(ask.on_reply);
  turn_away();
  begin_turns(steady_ns());
  refuse_waiting();
  for (Type& type : types_) {
    for (const auto& shard : type.shards) {
      if (!shard) continue;
      // What is known of them only in part has no turns.
      if (!shard->is_open()) throw_away(*shard);
      shard->stop_all(turn_, SHOAL_STOP_REASON_SHUTDOWN, no_record);
    }
  }
  stop_blocking();
  enter(LaneStep::outputs);
  close_logs();
  while (!release_outputs(outbox_)) {
    turn_away();
    wait(kRoomInterval, WakeFor::no_messages);
  }
  enter(LaneStep::handles);
  readers_.clear();
  types_.clear();
}

// What still comes while the last turns run, so that none of it keeps the lane awake.
void Lane::turn_away() {
  acknowledge_reports();
  run_tasks();
  while (const auto parcel = inbox_.take_parcel()) {
    for (const OnReply& on_reply : parcel->callbacks) say_it_stops(on_reply);
  }
}

}  // namespace shoal::lanes
