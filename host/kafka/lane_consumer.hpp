#pragma once
// LaneConsumer: the one consumer handle that a lane has for one source group.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/config/config.hpp"
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

// Consumes the partitions of one lane's shards. One librdkafka handle with manual assignment; a consumer
// group is named for its committed offsets only and is never joined. Threads: every call on the lane that
// owns it [lane]; librdkafka's threads write `wake_fd` and the log only. Owner: the lane. Records: views into
// librdkafka's buffers, valid from `take` to the next `release`; nothing is copied. Bounds: what librdkafka
// has fetched ahead, `queued_kbytes_max` a partition; a partition whose slot is not taken from is held, and
// its fetching stops at that bound without a loss.
class LaneConsumer {
 public:
  struct Options {
    int wake_fd = -1;  // eventfd; 1 is added when a queue that was empty has something for take() or poll()
    bool names_group = true;                 // in its records
    std::string client_id;                   // names the handle in the log and at the broker
    std::size_t queued_kbytes_max = 65'536;  // KiB fetched ahead of each assigned partition; 1,024..2,097,151
  };

  // Does not wait for a broker. bad_config: a key of `[kafka.client]` or a value that librdkafka refuses.
  static Result<std::unique_ptr<LaneConsumer>> create(const config::Kafka& kafka, const std::string& group,
                                                      const Options& options);
  ~LaneConsumer();
  LaneConsumer(const LaneConsumer&) = delete;
  LaneConsumer& operator=(const LaneConsumer&) = delete;

  // Adds partitions; a slot for each, in the order given. Records come with the first offset ≥ the start.
  // Does not wait for a broker. invalid_argument: a partition that is assigned already, or an offset that is
  // no position; then nothing is assigned.
  Result<std::vector<PartitionSlot>> assign(std::span<const PartitionStart> starts);

  // Takes partitions away. Their fetched records are dropped, those taken stay valid until release(). Events
  // of these slots that are not polled yet are dropped, too.
  Result<void> unassign(std::span<const PartitionSlot> slots);

  // Fills up to `records.size()` records of one partition in ascending offsets, without waiting; how many.
  // Fewer than asked for does not mean that the queue is empty: 0 does. Errors of the partition become events
  // of the next poll(). Several takes may precede one release().
  std::size_t take(PartitionSlot slot, std::span<shoal_record> records);

  // Gives back all records taken since the last release().
  void release();

  // Starts the commit of some positions without waiting. Only one commit is in flight at a time.
  CommitStart commit(std::span<const CommitPosition> positions);

  // Commits and waits, first for a commit in flight. For the end of a drain and before a partition is given
  // up. deadline: the time ran out, the outcome is unknown; unavailable: the broker refused or could not be
  // reached.
  Result<void> commit_now(std::span<const CommitPosition> positions, std::chrono::milliseconds timeout);

  // Serves callbacks and appends what happened since the last call. Call it on every wake-up and at least
  // once a second.
  void poll(std::vector<ConsumerEvent>& events);

  // The partition's end as the last fetch reported it, without a request; none before the first. It stands
  // still while the partition is held.
  std::optional<std::int64_t> high_watermark(PartitionSlot slot) const;

 private:
  struct State;
  explicit LaneConsumer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::kafka
