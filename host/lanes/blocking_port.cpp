#include "host/lanes/blocking_port.hpp"

#include <utility>

#include "host/lanes/counters.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

// The memory of a turn that has sent more goes.
constexpr std::size_t kReusedBytesMax = 256 * 1024;

}  // namespace

BlockingPort::BlockingPort(Options options) : options_(std::move(options)) {}

std::unique_ptr<BlockingTurn> BlockingPort::make() {
  SHOAL_ASSERT(has_room());
  if (free_.empty()) free_.push_back(std::make_unique<BlockingTurn>(options_.turn));
  std::unique_ptr<BlockingTurn> turn = std::move(free_.back());
  free_.pop_back();
  turn->home = options_.inbox;
  turn->catalogue = catalogue_;
  turn->turn.set_catalogue(*turn->catalogue);
  turn->lent_asks = options_.mail->lend_asks(blocking_asks_max);
  turn->mail.set_ask_room(turn->lent_asks);
  return turn;
}

void BlockingPort::put(std::unique_ptr<BlockingTurn> turn) {
  ++out_;
  options_.pool->put(std::move(turn));
}

// What the turn left behind goes now: it may hold the last of a message or of a callback.
void BlockingPort::give_back(std::unique_ptr<BlockingTurn> turn) {
  SHOAL_ASSERT(out_ > 0);
  --out_;
  count(counters().turns);
  options_.mail->return_asks(turn->lent_asks);
  if (turn->effect_bytes > kReusedBytesMax) return;
  turn->clear();
  free_.push_back(std::move(turn));
}

void BlockingPort::waits(std::size_t bytes) {
  counters().waiting.store(++waiting_, std::memory_order_relaxed);
  counters().waiting_bytes.store(waiting_bytes_ += bytes, std::memory_order_relaxed);
}

void BlockingPort::waits_no_more(std::size_t bytes) {
  counters().waiting.store(--waiting_, std::memory_order_relaxed);
  counters().waiting_bytes.store(waiting_bytes_ -= bytes, std::memory_order_relaxed);
}

}  // namespace shoal::lanes
