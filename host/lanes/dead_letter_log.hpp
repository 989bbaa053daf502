#pragma once
// DeadLetterLog: the last dead letters of a host, so many of each lane, for people to look at: who was meant,
// by whom and why it was refused. Never what it said.
//
// Lanes write their own ring, any thread reads all of them; a ring's mutex is held while one entry is moved,
// or while a reader copies. Entries have ascending numbers over all lanes: a reader that goes on after the
// last number it saw misses none that is still there, and learns how many are not.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/dead_letter.hpp"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

enum class DeadLetterKind : std::uint8_t {
  record,
  tell,
  ask,
  reply,
  turn,  // of a timer, a reply or a time-out: no message caused it
};

constexpr std::string_view name_of(DeadLetterKind kind) {
  switch (kind) {
    case DeadLetterKind::record:
      return "record";
    case DeadLetterKind::tell:
      return "tell";
    case DeadLetterKind::ask:
      return "ask";
    case DeadLetterKind::reply:
      return "reply";
    case DeadLetterKind::turn:
      return "turn";
  }
  return "unknown";
}

struct DeadLetterEntry {
  // Where a record came from.
  struct Position {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  struct Sender {
    std::string type;
    std::string id;
  };

  std::uint64_t number = 0;  // given by the log
  std::int64_t time_ms = 0;  // since the Unix epoch
  DeadLetterKind kind = DeadLetterKind::tell;
  DeadLetterReason reason = DeadLetterReason::none;
  std::string detail;   // what the host or the behaviour said of it, its first 256 bytes
  std::string type;     // of the entity that was meant; empty where nobody knows
  std::string id;       // its id; likewise
  std::string message;  // the message's name; likewise
  std::uint64_t body_bytes = 0;
  std::optional<Sender> sender;      // an entity of the same lane that asked
  std::optional<Position> position;  // of a record
};

class DeadLetterLog {
 public:
  static constexpr std::size_t kept_by_lane = 1'000;
  static constexpr std::size_t detail_bytes_max = 256;

  // What was refused since `after`, in ascending order.
  struct Page {
    std::vector<DeadLetterEntry> entries;
    std::uint64_t last = 0;    // to go on after
    std::uint64_t missed = 0;  // refused since then, and no longer here
  };

  explicit DeadLetterLog(std::uint32_t lane_count);

  // Takes the place of the lane's oldest where there are `kept_by_lane`. [lane]
  void add(LaneIndex lane, DeadLetterEntry entry);
  // One that is counted and not shown. [any-thread]
  void pass_over() { last_number_.fetch_add(1, std::memory_order_relaxed); }

  // The first `limit` after a number, or without one the last `limit`. [any-thread]
  Page read(std::optional<std::uint64_t> after, std::size_t limit) const;

 private:
  struct Ring {
    mutable std::mutex mutex;
    std::deque<DeadLetterEntry> entries;  // ascending
  };

  std::vector<std::unique_ptr<Ring>> rings_;   // by lane
  std::atomic<std::uint64_t> last_number_{0};  // changed inside of the writer's mutex, or for nobody to see
};

}  // namespace shoal::lanes
