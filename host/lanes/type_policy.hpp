#pragma once
// TypePolicy: how the entities of one type live, as the configuration says; and what one lane remembers of
// them across their lives.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "host/lanes/counters.hpp"
#include "host/lanes/eviction.hpp"
#include "host/lanes/failure_budget.hpp"
#include "host/lanes/kept.hpp"
#include "host/lanes/request_window.hpp"

namespace shoal::lanes {

// What of an entity outlives its host.
enum class Durability : std::uint8_t {
  none,
  state,   // its last state
  events,  // the events its turns recorded
};

// Read-only after a type is opened.
struct TypePolicy {
  Durability durability = Durability::none;
  // Of a durable type: entities that have begun and not stopped run again after a restart, so many begin a
  // second on this host; 0: they wait for their next message.
  std::uint32_t remembered_starts_a_second = 0;
  bool remembers() const { return remembered_starts_a_second > 0; }
  // An entity without a message for so long leaves memory; none: it stays.
  std::optional<std::chrono::milliseconds> passivate_after;
  // So many entities of a shard at most stay in memory; none: any number.
  std::optional<std::uint32_t> active_max;
  EvictionPolicy eviction = EvictionPolicy::tinylfu;
  // Entities may leave memory when the process has too little of it.
  bool is_shed = false;
  // Runs as its last message before an entity that passivates leaves; it answers with `stop`.
  std::optional<std::uint32_t> stop_message;
  std::chrono::milliseconds stop_timeout{10'000};  // then it leaves without having answered
  FailurePolicy failure;
  // A request id is run once in this time, as far as one lane remembers.
  RequestWindow::Options requests{60'000, 100'000, 16 * 1024 * 1024};
  // Of a type whose turns may block.
  std::uint32_t blocking_threads = 16;
  std::chrono::milliseconds blocking_warning{60'000};  // 0: nobody looks
};

// Messages of one type that wait for their entities, on one lane.
inline constexpr std::size_t type_kept_bytes_max = 64 * 1024 * 1024;

// Of the shards of one type on one lane.
class TypeMemory {
 public:
  // `counters` are for other threads to look at; null: nobody does.
  explicit TypeMemory(const TypePolicy& policy, std::shared_ptr<TypeCounters> counters = nullptr)
      : failures(policy.failure),
        requests(policy.requests),
        counters_(counters ? std::move(counters) : std::make_shared<TypeCounters>()) {}

  // Entities with an object.
  std::uint64_t entities() const { return entities_; }
  void entity_made() { show(counters_->entities, ++entities_); }
  void entity_gone() { show(counters_->entities, --entities_); }

  // What waits for its entity: stashed, or come while it could not run.
  void kept(const Kept& one) {
    show(counters_->kept_bytes, kept_bytes_ += one.bytes());
    if (one.record() == nullptr) kept_message_bytes_ += one.bytes();
  }
  void kept_gone(const Kept& one) {
    show(counters_->kept_bytes, kept_bytes_ -= one.bytes());
    if (one.record() == nullptr) kept_message_bytes_ -= one.bytes();
  }
  // Without records, which their partitions bound.
  std::size_t kept_message_bytes() const { return kept_message_bytes_; }

  // An entity has left without having answered its stop message.
  void stop_timed_out() { count(counters_->stop_timeouts); }
  // The turn of a reminder has ended well.
  void reminder_ran() { count(counters_->reminders_run); }

  // As in FailureBudget.
  FailureBudget::Answer failed(std::string_view id, std::string_view reason, std::int64_t now_ms,
                               std::uint64_t random) {
    const FailureBudget::Answer answer = failures.failed(id, reason, now_ms, random);
    show(counters_->parked, failures.parked());
    return answer;
  }
  bool unpark(std::string_view id) {
    const bool was_parked = failures.is_parked(id) && failures.reset(id);
    show(counters_->parked, failures.parked());
    return was_parked;
  }

  FailureBudget failures;
  RequestWindow requests;

 private:
  static void show(std::atomic<std::uint64_t>& counter, std::uint64_t number) {
    counter.store(number, std::memory_order_release);
  }

  std::uint64_t entities_ = 0;
  std::size_t kept_bytes_ = 0;
  std::size_t kept_message_bytes_ = 0;
  std::shared_ptr<TypeCounters> counters_;
};

}  // namespace shoal::lanes
