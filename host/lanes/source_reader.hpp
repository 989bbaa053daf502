#pragma once
// SourceReader: one source as one lane has it: its consumer handle, its partitions with their ledgers, and
// the commit batcher.
//
// Owned by the lane and used only there. Partitions are taken from in turn; one that is full (its ledger's
// window has reached the bound) or has failed is held by not taking from it, and nothing of it is lost.
// Commits cover only what the ledger says is committable.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/kafka/partition_reader.hpp"
#include "host/lanes/counters.hpp"
#include "host/lanes/lane_clock.hpp"
#include "host/lanes/offset_ledger.hpp"
#include "host/lanes/outbox.hpp"
#include "host/lanes/shard.hpp"
#include "host/lanes/source_positions.hpp"

namespace shoal::lanes {

using SourceIndex = StrongId<struct SourceTag, std::uint32_t>;

// One partition a lane is told to read.
struct PartitionPlan {
  std::string topic;
  Partition partition;
  Offset start;
  std::optional<OutputIndex> dead_letters;  // none: dead letters are counted and logged only
  std::shared_ptr<PartitionCounters> counters;
};

// A source as the control side decided it for one lane.
struct SourcePlan {
  SourceIndex source;
  std::string name;
  std::string group;
  TypeIndex type;
  std::uint32_t message_index = 0;
  bool commits = true;  // else the group gets nothing
  std::chrono::milliseconds commit_interval{1'000};
  std::uint64_t commit_records = 100'000;
  std::uint64_t in_flight_records_max = 100'000;
  std::vector<PartitionPlan> partitions;  // for a source that is read already: those that are new
};

// A partition stands still.
struct Trouble {
  enum class Kind {
    stopped,      // until the operator has acted and the host is restarted
    offset_gone,  // its next offset is not in the topic: `go_on` or nothing follows
    topic_gone,   // its topic does not exist: `go_on` or `start_anew` follows when it is there again
  };
  Kind kind = Kind::stopped;
  SourceIndex source;
  std::string topic;
  Partition partition;
  Offset next;  // that is to be read
  std::string reason;
};

// Called by a lane. [lane]
using OnTrouble = std::function<void(Trouble)>;

// A partition is held while its records that wait for their entities take so much.
inline constexpr std::size_t partition_kept_bytes_max = 16 * 1024 * 1024;

// How far the topic has shown that it still has the record it is known by. Where that one is gone, it has
// expired only if what follows it is there and it still is not: a topic that was made anew may have been
// shorter, and grown since.
enum class ProofStep : std::uint8_t {
  record,    // read from the record on
  follower,  // it is not there: read from where the shard goes on, but nothing is run
  again,     // what follows is there: read from the record on once more
};

// One partition being read.
struct LanePartition {
  LanePartition(PartitionPlan from, kafka::PartitionSlot at, Shard& to, std::uint64_t assignment_number)
      : plan(std::move(from)),
        slot(at),
        shard(&to),
        assignment(assignment_number),
        ledger(plan.start),
        position(plan.start),
        asked(plan.start),
        confirmed(plan.start) {}

  PartitionPlan plan;
  kafka::PartitionSlot slot;
  Shard* shard;
  std::uint64_t assignment;  // labels outputs, so that a report finds its ledger
  OffsetLedger ledger;
  Offset position;                  // next to take
  Offset asked;                     // what the last commit asked for
  Offset confirmed;                 // what the group is known to have
  std::uint32_t source_number = 0;  // of a durable shard: the topic, as its log names it
  Offset replayed_up_to{0};         // of a durable shard: its log may hold records before it
  std::optional<RecordMark> proof;  // the topic has yet to show that it still has this record
  ProofStep proof_step = ProofStep::record;
  bool failed = false;               // nothing is taken
  bool stopped = false;              // failed, until the host is restarted
  std::optional<Offset> go_on_from;  // failed, until no batch is out: where it goes on
  // Its topic is gone, so that the ledger's offsets may be another topic's: they are not committed.
  bool unsure = false;
  std::optional<Offset> anew;      // its topic was made anew: where the group begins in the new one
  std::uint64_t kept_records = 0;  // that wait for their entity
  std::size_t kept_bytes = 0;      // of those
};

class SourceReader {
 public:
  // Records of one take.
  static constexpr std::size_t batch_records_max = 512;

  struct Batch {
    LanePartition* partition = nullptr;
    std::span<shoal_record> records;  // valid until `release`
  };

  SourceReader(SourcePlan plan, std::unique_ptr<kafka::PartitionReader> consumer, OnTrouble on_trouble,
               const LaneClock& clock);

  // Takes partitions on, at first or later. `shard_of` gives the shard of a partition, `number` the next
  // assignment number.
  Result<void> assign(std::span<const PartitionPlan> partitions,
                      const std::function<Shard&(Partition)>& shard_of, std::uint64_t number);

  const SourcePlan& plan() const { return plan_; }
  std::vector<std::unique_ptr<LanePartition>>& partitions() { return partitions_; }

  // The next batch in turn, or none when no partition has records and room. Requires: the batch before was
  // released.
  std::optional<Batch> take();
  void release() {
    batch_is_out_ = false;
    consumer_->release();
  }

  // Between the two nothing is taken; what was taken finishes.
  void hold() { held_ = true; }
  void resume() { held_ = false; }

  // A record of `partition` has finished: counts it.
  void finished(LanePartition& partition, RecordEnd end);

  // The partition stands still from now on; its offset stays before the record that could not be finished.
  void fail(LanePartition& partition, std::string reason);

  // Answers to a trouble, from those who decide. A partition that is not this lane's is none of these calls'
  // business.
  // Reads on at `at`, which is not before what was taken last; offsets passed over are lost.
  void go_on(const std::string& topic, Partition partition, Offset at);
  // The topic is another one than before: nothing more is read, and the group begins at `first` of it.
  void start_anew(const std::string& topic, Partition partition, Offset first);

  // Serves the handle's callbacks, starts commits that are due and refreshes the counters.
  void tick(Clock::time_point now);

  // Takes the partition's records from `at` on, whatever was taken before: its shard's log says how far it
  // has come. What was taken is forgotten; outputs are labelled with `assignment` from now on. Where the log
  // knows a record, nothing is taken before the topic has shown that it has the same one there; with another
  // one the partition stands still by name. A record that has expired or was compacted shows nothing.
  void read_from(LanePartition& partition, Offset at, const std::optional<RecordMark>& last,
                 std::uint64_t assignment);

  // When `tick` is needed next, however quiet it is.
  Clock::time_point next_due() const { return commit_due_; }

  // Commits all that is committable and waits for it.
  Result<void> commit_now(std::chrono::milliseconds timeout);

  std::uint64_t unfinished() const;

 private:
  void report(LanePartition& partition, Trouble::Kind kind, std::string reason);
  void begin_again(LanePartition& partition);
  // Where `from` of a partition is behind what may be committed.
  std::vector<kafka::CommitPosition> behind(Offset LanePartition::*from) const;
  void start_commit(Clock::time_point now);
  void handle(const kafka::ConsumerEvent& event);
  LanePartition* find(kafka::PartitionSlot slot);
  LanePartition* find(const std::string& topic, Partition partition);
  void schedule_commit();
  void commit_failures(const std::vector<kafka::ConsumerEvent>& events);
  void assign_anew(LanePartition& partition);
  std::span<shoal_record> after_proof(LanePartition& partition, std::span<shoal_record> taken);

  SourcePlan plan_;
  std::unique_ptr<kafka::PartitionReader> consumer_;
  OnTrouble on_trouble_;
  const LaneClock clock_;
  std::vector<std::unique_ptr<LanePartition>> partitions_;
  std::vector<shoal_record> records_;
  std::vector<kafka::ConsumerEvent> events_;
  std::size_t next_partition_ = 0;
  bool held_ = false;
  bool batch_is_out_ = false;
  std::uint64_t finished_since_commit_ = 0;
  Clock::time_point commit_due_ = Clock::time_point::max();
  Clock::time_point commit_not_before_{};  // after a failure
};

}  // namespace shoal::lanes
