// The turns of a lane that run on the pools of their types: out to a thread, and back.

#include <utility>

#include "host/lanes/lane.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kTakenBackAtOnce = 256;
constexpr std::chrono::milliseconds kStopInterval{100};

}  // namespace

// Of a type that blocks. Every port learns what turns may address from now on.
void Lane::open_port(Type& opened, std::shared_ptr<BlockingPool> pool) {
  if (pool) {
    BlockingPort::Options port{std::move(pool), options_.index, &inbox_, turn_.options(), &mail_};
    opened.blocking = std::make_unique<BlockingPort>(std::move(port));
    has_blocking_ = true;
  }
  if (!has_blocking_) return;
  const auto catalogue = std::make_shared<const Catalogue>(catalogue_);
  for (const Type& type : types_) {
    if (type.blocking) type.blocking->set_catalogue(catalogue);
  }
}

bool Lane::exchange_turns() {
  begin_turns(steady_ns());
  bool ran = take_turns_back();
  for (const Type& type : types_) {
    if (type.blocking) ran |= send_turns(*type.blocking);
  }
  return ran;
}

bool Lane::run_blocking() {
  if (!has_blocking_ || blocking_idle()) return false;
  // As messages and records do; those turns that are out wait, and none follows them.
  if (post_office_->full() || post_office_->local_is_full()) return false;
  const bool ran = exchange_turns();
  for (const Shard* shard : std::exchange(surroundings_.replies_dropped, {})) {
    turn_.set_error("the entity that asked has ended");
    settle_own(*shard, {DeadLetterReason::nobody_waits});
  }
  if (!ran) return false;
  release();
  return true;
}

bool Lane::take_turns_back() {
  std::size_t taken = 0;
  while (taken < kTakenBackAtOnce && !must_release()) {
    std::unique_ptr<BlockingTurn> done = inbox_.take_done();
    if (!done) break;
    ++taken;
    complete(std::move(done));
  }
  return taken > 0;
}

void Lane::complete(std::unique_ptr<BlockingTurn> done) {
  const TypeIndex type = done->entity.type;
  Shard* shard = find_shard(type, done->entity.shard);
  SHOAL_ASSERT(shard != nullptr);
  const TurnResult result = shard->complete(turn_, *done);
  if (done->on_described) {
    done->on_described(std::move(*done->description));
  } else if (!done->kept) {
    settle_own(*shard, result);
  } else if (done->kept->record() != nullptr) {
    finish_kept_record(*done->kept, result);
  } else {
    settle(done->kept->envelope(), result);
  }
  types_[type.value].blocking->give_back(std::move(done));
}

bool Lane::send_turns(BlockingPort& port) {
  bool sent = false;
  while (port.has_ready() && port.has_room()) {
    if (must_release()) break;
    send_next(port.take_ready());
    sent = true;
  }
  return sent;
}

// At most one turn goes out: after it the entity has nothing more to give.
void Lane::send_next(const EntityRef& ready) {
  Shard* shard = find_shard(ready.type, ready.shard);
  SHOAL_ASSERT(shard != nullptr);
  shard->start_own(turn_, ready, no_record);
  while (auto kept = shard->take_waiting(ready)) send_kept(*shard, ready, *kept);
  shard->start_own(turn_, ready, no_record);
}

void Lane::send_kept(Shard& shard, const EntityRef& ready, Kept& kept) {
  if (kept.record() != nullptr) {
    // A host that stops leaves it uncommitted: it is read again after the restart.
    if (draining_.load(std::memory_order_acquire)) return;
    const TurnResult result = shard.start(turn_, ready, kept, no_record);
    if (!result.kept) finish_kept_record(kept, result);
    return;
  }
  if (refuse_late(kept.envelope())) return shard.refused(kept);
  const TurnResult result = shard.start(turn_, ready, kept, no_record);
  if (result.kept) return;
  shard.refused(kept);
  settle(kept.envelope(), result);
}

bool Lane::blocking_idle() const {
  for (const Type& type : types_) {
    if (type.blocking && !type.blocking->idle()) return false;
  }
  return true;
}

// The last turns of entities that block, when all of them are ready. What they send reaches Kafka only.
void Lane::stop_blocking() {
  while (!blocking_idle()) {
    turn_away();
    const bool ran = exchange_turns();
    mail_.roll_back({0, 0, 0});
    if (!release_outputs(outbox_)) {
      wait(kStopInterval, WakeFor::no_messages);
    } else if (!ran) {
      wait(kStopInterval, WakeFor::messages);
    }
  }
}

}  // namespace shoal::lanes
