#pragma once
// What lanes count for status: each counter has one writer, its lane, and any number of readers.
//
// All are relaxed atomics except where an order is said: a reader that takes the ends before the beginnings
// never sees more ends than beginnings.

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "host/lanes/dead_letter.hpp"
#include "host/lanes/latency_histogram.hpp"
#include "host/lanes/latency_window.hpp"

namespace shoal::lanes {

// Adds to a counter that only the calling thread writes.
inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t more = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_release);
}

inline constexpr std::int64_t unknown_offset = -1;

// One partition of a source.
struct PartitionCounters {
  std::atomic<std::uint64_t> in{0};            // records taken
  std::atomic<std::uint64_t> done{0};          // finished, not as dead letters
  std::atomic<std::uint64_t> dead_letters{0};  // finished as dead letters
  std::atomic<std::int64_t> committed{unknown_offset};
  std::atomic<std::int64_t> position{unknown_offset};     // next offset to take
  std::atomic<std::int64_t> next_commit{unknown_offset};  // committable
  std::atomic<std::int64_t> high_watermark{unknown_offset};
  std::atomic<std::uint64_t> lost{0};                        // offsets skipped: gone before they were read
  std::atomic<std::int64_t> last_timestamp{unknown_offset};  // ms, of the record taken last
};

// One output (sink or dead-letter topic) of one lane.
struct OutputCounters {
  std::atomic<std::uint64_t> emitted{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> sent_bytes{0};      // keys and values of those that the producer took
  std::atomic<std::uint64_t> reported_bytes{0};  // of those that were acknowledged or failed since
};

// What one type has on one lane.
struct TypeCounters {
  std::atomic<std::uint64_t> entities{0};       // active
  std::atomic<std::uint64_t> parked{0};         // entities
  std::atomic<std::uint64_t> kept_bytes{0};     // of records and messages that wait for their entity
  std::atomic<std::uint64_t> stop_timeouts{0};  // entities that did not stop in time after their stop message
  // Entities that run again after a restart; of these, those that are yet to be started. As at the last tick.
  std::atomic<std::uint64_t> remembered{0};
  std::atomic<std::uint64_t> to_start{0};
  std::atomic<std::uint64_t> reminders{0};      // that are yet to come, as at the last tick
  std::atomic<std::uint64_t> reminders_run{0};  // their turns that have ended well
};

// What waits on one lane, as it was at the lane's last tick.
struct WaitCounters {
  std::atomic<std::uint64_t> outbox_bytes{0};  // for room in the producer
  std::atomic<std::uint64_t> mail_bytes{0};    // messages and replies that have not left, or are for itself
  std::atomic<std::uint64_t> asks{0};          // for their reply
  std::atomic<std::uint64_t> timers{0};        // for their time; those of asks among them
  std::atomic<std::uint64_t> tells{0};         // reliable ones, for their acknowledgement
};

// One lane.
struct LaneCounters {
  explicit LaneCounters(std::size_t output_count) : outputs(output_count) {}

  std::vector<OutputCounters> outputs;
  WaitCounters waiting;
  std::atomic<std::uint64_t> shards_closed{0};  // durable ones that do not have their logs
  std::atomic<std::uint64_t> log_full{0};       // 1: their logs take nothing for want of room
  std::atomic<std::uint64_t> log_bytes{0};      // journal::LogSpace, as at the last tick
  std::atomic<std::uint64_t> log_freed_bytes{0};
  std::atomic<std::uint64_t> store_backlog_bytes{0};  // states that wait to be written to the state store
  std::atomic<std::uint64_t> store_rebuilds{
      0};                                     // shards made again from their logs, since it was not believed
  std::atomic<std::uint64_t> store_stuck{0};  // 1: the state store cannot be written
  LatencyWindow record_latency;               // of a record: batch taken to outputs released
  LatencyHistogram record_latency_total;      // the same since the start
  std::atomic<std::uint64_t> messages{0};     // tells and asks run
  std::atomic<std::uint64_t> message_dead_letters{0};  // tells and asks refused or failed
  std::atomic<std::uint64_t> tells_resent{0};          // reliable ones that were sent before
  std::atomic<std::uint64_t> tells_repeated{0};  // that came again, or before their turn, and did not run
  std::array<std::atomic<std::uint64_t>, dead_letter_reasons> message_dead_letters_by_reason{};
  std::array<std::atomic<std::uint64_t>, dead_letter_reasons> record_dead_letters_by_reason{};  // of sources
};

}  // namespace shoal::lanes
