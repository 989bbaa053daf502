// Reliable tells between durable shards: each has its turn once, in the order of its sender, and is sent
// again until the receiver's log has it.

#include <spdlog/spdlog.h>

#include <utility>

#include "host/lanes/lane.hpp"
#include "host/lanes/lane_clock.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

// One that has no room, here or where its turn sends to, comes again: nothing of its sender's runs before it.
void Lane::run_tell(Shard& shard, const Envelope& message, Entity* guess) {
  ShardTells& tells = shard.journal()->tells();
  const TellMark mark = message.tell_mark();
  acknowledge_later(shard);
  const TellArrival arrival = tells.arrivals().look(mark);
  if (arrival != TellArrival::next) return count(counters_.tells_repeated);
  if (tells.windows().holds()) return tells.arrivals().refused(mark);
  const TurnResult result = shard.run(turn_, message, guess, no_record);
  if (result.reason == DeadLetterReason::overloaded) return tells.arrivals().refused(mark);
  count(counters_.messages);
  tells.arrivals().taken(mark);
  settle_tell(shard, message, result);
}

// Whatever came of it, it is not sent again.
void Lane::settle_tell(Shard& shard, const Envelope& message, const TurnResult& result) {
  if (result.kept) return;
  if (result.reason != DeadLetterReason::none) drop(message, result.reason, turn_.error());
  shard.journal()->end_tell(message.tell_mark());
  acknowledge_later(shard);
}

void Lane::acknowledge_later(Shard& shard) {
  if (shard.journal()->tells().begin_acknowledging()) acknowledging_.push_back(&shard);
}

// With what this batch appends.
void Lane::acknowledge_tells() {
  for (Shard* shard : std::exchange(acknowledging_, {})) {
    shard->journal()->tells().end_acknowledging();
    if (shard->is_open()) shard->journal()->acknowledge_tells();
  }
}

void Lane::run_acknowledgement(const Envelope& acknowledgement) {
  Shard* shard = find_shard(acknowledgement.type(), acknowledgement.shard());
  if (shard == nullptr || shard->journal() == nullptr || !shard->is_open()) return;
  const TellMark mark = acknowledgement.tell_mark();
  const TellTarget target{number_of_sink(catalogue_.at(mark.peer_type).type->name), mark.peer_shard};
  shard->journal()->tells().windows().acknowledge(target, mark.source, mark.number, mark.again, steady_ns());
}

// With each tick: what nobody has acknowledged for so long, and what was refused here and has room now.
void Lane::send_tells_again() {
  if (by_log_.empty() || draining_.load(std::memory_order_acquire)) return;
  begin_turns(steady_ns());
  std::size_t pending = 0;
  for (const auto& [key, shard] : by_log_) {
    if (!shard->is_open()) continue;
    send_again(*shard);
    ShardTells& tells = shard->journal()->tells();
    pending += tells.windows().size();
    if (!tells.windows().holds() && tells.arrivals().want_refused()) acknowledge_later(*shard);
  }
  counters_.waiting.tells = pending;
  release();
}

void Lane::send_again(Shard& shard) {
  ShardJournal& journal = *shard.journal();
  const auto send = [&](TellWindows::Window& window, const StoredTell& tell, std::uint64_t number) {
    const Catalogue::Entry* entry = catalogue_.find(window.type());
    const auto message =
        entry == nullptr || !entry->is_durable ? std::nullopt : entry->type->find_message(tell.message);
    if (!message) return cannot_send(shard, window, tell);
    TellMark mark{window.source, shard.type_index(), journal.log_shard().shard, false, number, window.first};
    EnvelopeParts parts;
    parts.type = entry->index;
    parts.shard = window.shard;
    parts.message_index = *message;
    parts.id = tell.id;
    parts.hash = hash_of(tell.id);
    parts.body = tell.body ? to_bytes(*tell.body) : null_bytes;
    parts.traceparent = tell.traceparent;
    parts.request_id = tell.request_id;
    parts.tell = &mark;
    if (!mail_.add(parts)) return false;
    count(counters_.tells_resent);
    return true;
  };
  journal.tells().windows().resend(steady_ns(), journal.counted_through(), send);
}

// It waits in the log until there is such a type again. Said once for each window.
bool Lane::cannot_send(const Shard& shard, TellWindows::Window& window, const StoredTell& tell) {
  if (!std::exchange(window.is_said, true)) {
    spdlog::error(
        "type {} shard {}: {} tells wait for type {}, which is not open here, not durable, or has no message "
        "'{}': configure it, or load a module that has it, and restart the host",
        shard.type().name, shard.journal()->log_shard().shard.value, window.queue.size(), window.type(),
        tell.message);
  }
  return false;
}

}  // namespace shoal::lanes
