#include "journal/store_queue.hpp"

#include <string_view>
#include <utility>

namespace shoal::journal {

template <class Queue, class What>
void StoreQueue::put(Queue& queue, What what) {
  {
    const std::lock_guard lock(mutex_);
    queue.push_back(std::move(what));
  }
  ordered();
}

void StoreQueue::open(StoreShard of, std::vector<OwnedEpoch> epochs) {
  put(orders_, Order(Open{of, std::move(epochs)}));
}

void StoreQueue::write(StoreWrite write) { put(orders_, Order(std::move(write))); }

void StoreQueue::read(StoreShard of, std::vector<std::string> entities) {
  put(reads_, Read{of, std::move(entities)});
}

void StoreQueue::walk(StoreShard of, std::size_t bytes) { put(orders_, Order(Walk{of, bytes})); }

bool StoreQueue::poll(StoreListener& listener) {
  {
    const std::lock_guard lock(mutex_);
    delivering_.swap(outcomes_);
  }
  struct Deliver {
    StoreListener& listener;
    void operator()(const StoreOpened& outcome) const { listener.store_opened(outcome); }
    void operator()(const StatesWritten& outcome) const { listener.states_written(outcome); }
    void operator()(const StatesRead& outcome) const { listener.states_read(outcome); }
    void operator()(const StatesWalked& outcome) const { listener.states_walked(outcome); }
    void operator()(const StoreFailed& outcome) const { listener.store_failed(outcome); }
    void operator()(const Stuck& outcome) const { listener.store_stuck(outcome.message); }
    void operator()(const GoesOn&) const { listener.store_goes_on(); }
  };
  for (const Outcome& outcome : delivering_) std::visit(Deliver{listener}, outcome);
  const bool came = !delivering_.empty();
  delivering_.clear();
  return came;
}

void StoreQueue::say(Outcome outcome) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = outcomes_.empty();
    outcomes_.push_back(std::move(outcome));
  }
  if (was_empty) wake_();
}

// Reads first: messages wait for them.
bool StoreQueue::work() {
  {
    const std::lock_guard lock(mutex_);
    to_read_.swap(reads_);
    while (!orders_.empty()) {
      to_do_.push_back(std::move(orders_.front()));
      orders_.pop_front();
    }
  }
  const bool has_read = !to_read_.empty();
  while (!to_read_.empty()) {
    do_read(to_read_.front());
    to_read_.pop_front();
  }
  if (to_do_.empty() || !done(to_do_.front())) return has_read;
  to_do_.pop_front();
  return true;
}

// False: it has to be tried again.
bool StoreQueue::done(Order& order) {
  if (const auto* open = std::get_if<Open>(&order)) {
    do_open(*open);
  } else if (const auto* walk = std::get_if<Walk>(&order)) {
    do_walk(*walk);
  } else {
    return do_write(std::get<StoreWrite>(order));
  }
  return true;
}

void StoreQueue::do_open(const Open& order) {
  const LogShard shard = order.of.shard;
  failed_.erase(shard);
  walks_.erase(shard);
  const auto mark = store_.mark(shard);
  std::string why;
  if (!mark) {
    why = mark.error().message;
  } else if (mark.value()) {
    const MarkVerdict verdict = judge(*mark.value(), order.epochs);
    if (verdict == MarkVerdict::stands) return say(StoreOpened{order.of, mark.value(), {}});
    why = text_of(verdict);
  }
  const auto dropped = store_.drop(shard);
  if (!dropped) return fail(order.of, dropped.error());
  say(StoreOpened{order.of, std::nullopt, std::move(why)});
}

bool StoreQueue::do_write(const StoreWrite& order) {
  if (has_failed(order.of)) return true;
  std::vector<StoredState> states;
  states.reserve(order.states.size());
  for (const SharedState& state : order.states) states.push_back(state->view());
  const auto written = store_.write(order.of.shard, states, order.mark);
  if (!written) {
    if (!std::exchange(is_stuck_, true)) say(Stuck{written.error().message});
    return false;
  }
  if (std::exchange(is_stuck_, false)) say(GoesOn{});
  say(StatesWritten{order.of, order.number});
  return true;
}

void StoreQueue::do_walk(const Walk& order) {
  if (has_failed(order.of)) return;
  std::unique_ptr<StoreWalk>& walk = walks_[order.of.shard];
  if (walk == nullptr) walk = store_.walk(order.of.shard);
  StatesWalked walked{order.of, {}, false};
  for (std::size_t bytes = 0; bytes < order.bytes && !walked.is_end;) {
    auto next = walk->next();
    if (!next) return fail(order.of, next.error());
    if (next.value()) {
      bytes += next.value()->bytes.size();
      walked.states.push_back(std::move(*next.value()));
    } else {
      walked.is_end = true;
    }
  }
  if (walked.is_end) walks_.erase(order.of.shard);
  say(std::move(walked));
}

void StoreQueue::do_read(const Read& order) {
  if (has_failed(order.of)) return;
  const std::vector<std::string_view> entities(order.entities.begin(), order.entities.end());
  auto read = store_.read(order.of.shard, entities);
  if (!read) return fail(order.of, read.error());
  StatesRead states{order.of, {}};
  states.states.reserve(entities.size());
  for (std::size_t i = 0; i < order.entities.size(); ++i) {
    auto& state = read.value()[i];
    states.states.emplace_back(order.entities[i],
                               state ? std::make_shared<const ReadState>(std::move(*state)) : nullptr);
  }
  say(std::move(states));
}

bool StoreQueue::has_failed(const StoreShard& of) const {
  const auto found = failed_.find(of.shard);
  return found != failed_.end() && found->second >= of.ownership;
}

// What is there is not believed any more. Where it cannot even be dropped, the mark may stand again later: so
// it is tried again when the shard is opened the next time.
void StoreQueue::fail(const StoreShard& of, const Error& why) {
  walks_.erase(of.shard);
  failed_[of.shard] = of.ownership;
  std::string message = why.message;
  const auto dropped = store_.drop(of.shard);
  if (!dropped && dropped.error().message != message) message += "; " + dropped.error().message;
  say(StoreFailed{of, std::move(message)});
}

}  // namespace shoal::journal
