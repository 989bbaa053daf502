#pragma once
// PartitionReader: what a lane reads partitions with: LaneConsumer, or a topic in memory.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

// Index of an assigned partition within its LaneConsumer: dense, stable while assigned, reused after
// unassign.
using PartitionSlot = StrongId<struct PartitionSlotTag, std::uint32_t>;

// Start positions that are not an offset yet. The broker resolves them when the fetch starts.
inline constexpr Offset offset_earliest{-2};
inline constexpr Offset offset_latest{-1};

struct PartitionStart {
  std::string topic;
  Partition partition;
  Offset offset;  // explicit, offset_earliest or offset_latest
};

struct CommitPosition {
  PartitionSlot slot;
  Offset next;  // the offset after the last finished record
};

enum class CommitStart {
  started,  // a `committed` or `commit_failed` event for each slot follows
  busy,     // a commit is still in flight: try again after its events
};

struct ConsumerEvent {
  enum class Kind {
    committed,            // slot, offset
    commit_failed,        // slot, offset, message: commit again later
    offset_out_of_range,  // slot, offset asked for; the partition stands still until it is assigned anew
    topic_gone,        // slot: the topic or the partition does not exist; fetching begins again once it does
    partition_failed,  // slot, message: librdkafka goes on trying, unless the message says otherwise
    misrouted,    // slot, offset: a record came past its partition's queue: assign anew at the next offset
    unreachable,  // message: no broker answers; librdkafka goes on trying
    failed,       // message: anything that concerns the handle as a whole
  };
  Kind kind = Kind::failed;
  PartitionSlot slot;  // only where the kind says so
  Offset offset;       // only where the kind says so
  std::string message;
};

// Threads: every call on the lane that owns it [lane]. Records: views valid from `take` to the next
// `release`.
class PartitionReader {
 public:
  virtual ~PartitionReader() = default;

  // Adds partitions; a slot for each, in the order given. Records come with the first offset ≥ the start.
  // Does not wait for a broker. invalid_argument: a partition that is assigned already, or an offset that is
  // no position; then nothing is assigned.
  virtual Result<std::vector<PartitionSlot>> assign(std::span<const PartitionStart> starts) = 0;

  // Takes partitions away. Their fetched records are dropped, those taken stay valid until release(). Events
  // of these slots that are not polled yet are dropped, too.
  virtual Result<void> unassign(std::span<const PartitionSlot> slots) = 0;

  // Fills up to `records.size()` records of one partition in ascending offsets, without waiting; how many.
  // Fewer than asked for does not mean that the queue is empty: 0 does. Errors of the partition become events
  // of the next poll(). Several takes may precede one release().
  virtual std::size_t take(PartitionSlot slot, std::span<shoal_record> records) = 0;

  // Gives back all records taken since the last release().
  virtual void release() = 0;

  // Starts the commit of some positions without waiting. Only one commit is in flight at a time.
  virtual CommitStart commit(std::span<const CommitPosition> positions) = 0;

  // Commits and waits, first for a commit in flight. For the end of a drain and before a partition is given
  // up. deadline: the time ran out, the outcome is unknown; unavailable: the broker refused or could not be
  // reached.
  virtual Result<void> commit_now(std::span<const CommitPosition> positions,
                                  std::chrono::milliseconds timeout) = 0;

  // Serves callbacks and appends what happened since the last call. Call it on every wake-up and at least
  // once a second.
  virtual void poll(std::vector<ConsumerEvent>& events) = 0;

  // The partition's end as the last fetch reported it, without a request; none before the first. It stands
  // still while the partition is held.
  virtual std::optional<std::int64_t> high_watermark(PartitionSlot slot) const = 0;
};

}  // namespace shoal::kafka
