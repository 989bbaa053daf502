#include "host/lanes/timer_queue.hpp"

#include <algorithm>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {
// Four children share a cache line and a half, and the heap is half as deep as a binary one.
constexpr std::uint32_t kChildren = 4;
}  // namespace

TimerQueue::TimerQueue(std::uint32_t most) : timers_max_(most) { SHOAL_ASSERT(most > 0); }

std::uint32_t TimerQueue::take_slot() {
  if (free_slot_ == kNoSlot) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_slot_;
  free_slot_ = slots_[slot].position;
  return slot;
}

std::optional<TimerId> TimerQueue::add(std::int64_t due_ns, const TimerPayload& payload) {
  if (heap_.size() == timers_max_) return std::nullopt;
  const std::uint32_t slot = take_slot();
  const Node node{due_ns, next_sequence_++, slot};
  slots_[slot].payload = payload;
  slots_[slot].sequence = node.sequence;
  heap_.push_back(node);
  sift_up(static_cast<std::uint32_t>(heap_.size() - 1), node);
  return TimerId{node.sequence, slot};
}

bool TimerQueue::cancel(TimerId id) {
  if (id.sequence == 0 || id.slot >= slots_.size() || slots_[id.slot].sequence != id.sequence) return false;
  remove(slots_[id.slot].position);
  return true;
}

std::optional<TimerQueue::Due> TimerQueue::pop_due(std::int64_t now_ns) {
  if (heap_.empty() || heap_.front().due_ns > now_ns) return std::nullopt;
  const Node& first = heap_.front();
  const Due due{{first.sequence, first.slot}, first.due_ns, slots_[first.slot].payload};
  remove(0);
  return due;
}

std::optional<std::int64_t> TimerQueue::next_due_ns() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due_ns;
}

void TimerQueue::put(std::uint32_t position, const Node& node) {
  heap_[position] = node;
  slots_[node.slot].position = position;
}

void TimerQueue::sift_up(std::uint32_t position, const Node& node) {
  while (position > 0) {
    const std::uint32_t parent = (position - 1) / kChildren;
    if (!before(node, heap_[parent])) break;
    put(position, heap_[parent]);
    position = parent;
  }
  put(position, node);
}

void TimerQueue::sift_down(std::uint32_t position, const Node& node) {
  const std::uint64_t count = heap_.size();
  for (;;) {
    const std::uint64_t first = std::uint64_t{position} * kChildren + 1;
    if (first >= count) break;
    auto least = static_cast<std::uint32_t>(first);
    const auto end = static_cast<std::uint32_t>(std::min(first + kChildren, count));
    for (std::uint32_t child = least + 1; child < end; ++child) {
      if (before(heap_[child], heap_[least])) least = child;
    }
    if (!before(heap_[least], node)) break;
    put(position, heap_[least]);
    position = least;
  }
  put(position, node);
}

void TimerQueue::remove(std::uint32_t position) {
  const std::uint32_t slot = heap_[position].slot;
  slots_[slot].sequence = 0;
  slots_[slot].position = free_slot_;
  free_slot_ = slot;
  const Node last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  if (position > 0 && before(last, heap_[(position - 1) / kChildren])) {
    sift_up(position, last);
  } else {
    sift_down(position, last);
  }
}

}  // namespace shoal::lanes
