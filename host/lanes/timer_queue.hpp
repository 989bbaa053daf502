#pragma once
// TimerQueue: the timers of one lane, earliest first.
//
// Pure: no clock; due times are steady nanoseconds. Owned by one lane and used only there. An indexed 4-ary
// heap: add, cancel and pop take O(log n), and nothing is allocated once the queue has been as long as it
// gets. Timers of equal due time fire in the order they were added. A queue holds at most `most`; full,
// it refuses the next one and keeps those it has.

#include <cstdint>
#include <optional>
#include <vector>

#include "host/lanes/entity_ref.hpp"

namespace shoal::lanes {

// Names one timer of a queue for ever: the sequence is never reused, the slot says where to look. The default
// value names none.
struct TimerId {
  std::uint64_t sequence = 0;
  std::uint32_t slot = 0;
  friend bool operator==(const TimerId&, const TimerId&) = default;
};

// What its owner gets back when the timer is due.
struct TimerPayload {
  EntityRef owner;                // incarnation 0: no entity
  std::uint64_t owner_timer = 0;  // the owner's own number of it
};

class TimerQueue {
 public:
  struct Due {
    TimerId id;
    std::int64_t due_ns;
    TimerPayload payload;
  };

  // Requires: `most` > 0.
  explicit TimerQueue(std::uint32_t most);

  // No value where the queue is full.
  std::optional<TimerId> add(std::int64_t due_ns, const TimerPayload& payload);

  // False where the timer has fired, was cancelled or never was.
  bool cancel(TimerId id);

  // Takes the earliest timer out if it is due.
  std::optional<Due> pop_due(std::int64_t now_ns);

  // When the earliest timer is due; no value where there is none.
  std::optional<std::int64_t> next_due_ns() const;

  std::uint32_t size() const { return static_cast<std::uint32_t>(heap_.size()); }

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  // The keys stand in the heap itself, so that sifting touches nothing else but a slot's position.
  struct Node {
    std::int64_t due_ns;
    std::uint64_t sequence;
    std::uint32_t slot;
  };
  struct Slot {
    TimerPayload payload;
    std::uint64_t sequence;  // 0: free
    std::uint32_t position;  // in the heap; of a free slot: the next free one
  };

  static bool before(const Node& a, const Node& b) {
    return a.due_ns != b.due_ns ? a.due_ns < b.due_ns : a.sequence < b.sequence;
  }
  std::uint32_t take_slot();
  void put(std::uint32_t position, const Node& node);
  void sift_up(std::uint32_t position, const Node& node);
  void sift_down(std::uint32_t position, const Node& node);
  void remove(std::uint32_t position);

  std::vector<Node> heap_;
  std::vector<Slot> slots_;
  std::uint32_t free_slot_ = kNoSlot;
  std::uint32_t timers_max_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace shoal::lanes
