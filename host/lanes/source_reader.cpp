#include "host/lanes/source_reader.hpp"

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr Offset kNothing{-1};  // before any offset
constexpr std::chrono::milliseconds kCommitRetry{1'000};
constexpr std::string_view kOtherTopic =
    "bring the old one back, or read the new one under another name, or start with an empty "
    "journal.directory, and restart the host";

std::string name_of(const PartitionPlan& plan) {
  return plan.topic + "/" + std::to_string(plan.partition.value);
}

}  // namespace

SourceReader::SourceReader(SourcePlan plan, std::unique_ptr<kafka::PartitionReader> consumer,
                           OnTrouble on_trouble, const LaneClock& clock)
    : plan_(std::move(plan)),
      consumer_(std::move(consumer)),
      on_trouble_(std::move(on_trouble)),
      clock_(clock),
      records_(batch_records_max) {}

Result<void> SourceReader::assign(std::span<const PartitionPlan> partitions,
                                  const std::function<Shard&(Partition)>& shard_of, std::uint64_t number) {
  std::vector<kafka::PartitionStart> starts;
  starts.reserve(partitions.size());
  for (const PartitionPlan& partition : partitions) {
    starts.push_back({partition.topic, partition.partition, partition.start});
  }
  SHOAL_TRY(slots, consumer_->assign(starts));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const PartitionPlan& partition = partitions[i];
    partition.counters->position.store(partition.start.value);
    partition.counters->next_commit.store(partition.start.value);
    partitions_.push_back(
        std::make_unique<LanePartition>(partition, slots[i], shard_of(partition.partition), number++));
  }
  return success();
}

std::optional<SourceReader::Batch> SourceReader::take() {
  if (held_) return std::nullopt;
  for (std::size_t tried = 0; tried < partitions_.size(); ++tried) {
    LanePartition& partition = *partitions_[next_partition_];
    next_partition_ = next_partition_ + 1 == partitions_.size() ? 0 : next_partition_ + 1;
    if (partition.failed || !partition.shard->is_open() ||
        partition.ledger.window() >= plan_.in_flight_records_max ||
        partition.kept_bytes >= partition_kept_bytes_max) {
      continue;
    }
    std::span<shoal_record> taken(records_.data(), consumer_->take(partition.slot, records_));
    if (partition.proof && !taken.empty()) [[unlikely]] {
      taken = after_proof(partition, taken);
      if (taken.empty()) consumer_->release();
    }
    if (taken.empty()) continue;
    batch_is_out_ = true;
    count(partition.plan.counters->in, taken.size());
    partition.position = Offset{taken.back().offset + 1};
    partition.plan.counters->position.store(partition.position.value, std::memory_order_relaxed);
    partition.plan.counters->last_timestamp.store(taken.back().timestamp_ms, std::memory_order_relaxed);
    return Batch{&partition, taken};
  }
  return std::nullopt;
}

// What is to be run of the first records that came: none where they only show which topic it is, or that it
// is another one.
std::span<shoal_record> SourceReader::after_proof(LanePartition& partition, std::span<shoal_record> taken) {
  if (partition.proof_step == ProofStep::follower) {
    // Topics expire from their beginning: where an earlier record is there, the known one never was.
    if (taken.front().offset < partition.proof->offset.value) {
      fail(partition, "the record at offset " + std::to_string(partition.proof->offset.value) +
                          ", which the journal knows, is not there, and the one at offset " +
                          std::to_string(taken.front().offset) + " is: the topic was made anew or cut off; " +
                          std::string(kOtherTopic));
      return {};
    }
    partition.proof_step = ProofStep::again;
    assign_anew(partition);
    return {};
  }
  const RecordMark known = *std::exchange(partition.proof, std::nullopt);
  const shoal_record& first = taken.front();
  const RecordMark found{Offset{first.offset}, first.timestamp_ms, record_crc(first)};
  const bool is_there = found.offset == known.offset;
  if (is_there && found != known) {
    fail(partition, "the record at offset " + std::to_string(known.offset.value) +
                        " is not the one that the journal knows (it was of " +
                        std::to_string(known.timestamp_ms) + " ms since 1970, this one is of " +
                        std::to_string(found.timestamp_ms) + "): the topic was made anew or written over; " +
                        std::string(kOtherTopic));
  } else if (is_there && known.offset.value + 1 == partition.position.value) {
    return taken.subspan(1);
  } else {
    assign_anew(partition);  // at its position, which the proof was not at
  }
  return {};
}

void SourceReader::finished(LanePartition& partition, RecordEnd end) {
  PartitionCounters& counters = *partition.plan.counters;
  count(end == RecordEnd::done ? counters.done : counters.dead_letters);
  counters.next_commit.store(partition.ledger.committable().value, std::memory_order_relaxed);
  if (++finished_since_commit_ == 1) schedule_commit();
}

void SourceReader::schedule_commit() {
  if (commit_due_ == Clock::time_point::max()) commit_due_ = clock_.now() + plan_.commit_interval;
}

void SourceReader::fail(LanePartition& partition, std::string reason) {
  report(partition, Trouble::Kind::stopped, std::move(reason));
}

void SourceReader::report(LanePartition& partition, Trouble::Kind kind, std::string reason) {
  const bool stops = kind == Trouble::Kind::stopped;
  if (partition.stopped || (partition.failed && !stops)) return;
  partition.failed = true;
  partition.stopped = stops;
  spdlog::error("source {}: {} is held at offset {}: {}", plan_.name, name_of(partition.plan),
                partition.ledger.committable().value, reason);
  on_trouble_({kind, plan_.source, partition.plan.topic, partition.plan.partition, partition.position,
               std::move(reason)});
}

void SourceReader::go_on(const std::string& topic, Partition number, Offset at) {
  LanePartition* partition = find(topic, number);
  // An order that was given before the partition failed once more has come too late.
  if (partition == nullptr || !partition->failed || at < partition->position) return;
  partition->go_on_from = at;
}

// Requires: no batch is out, since its records stand before the ones that are passed over.
void SourceReader::begin_again(LanePartition& partition) {
  const Offset at = *partition.go_on_from;
  partition.go_on_from.reset();
  if (partition.stopped || partition.anew) return;
  partition.proof.reset();
  if (at > partition.position) {
    PartitionCounters& counters = *partition.plan.counters;
    count(counters.lost, static_cast<std::uint64_t>(at.value - partition.position.value));
    // The place of all that is lost, so that the group moves on once what was taken before has finished.
    partition.ledger.add(Offset{at.value - 1}, 0, RecordEnd::done);
    partition.position = at;
    counters.position.store(at.value, std::memory_order_relaxed);
    counters.next_commit.store(partition.ledger.committable().value, std::memory_order_relaxed);
  }
  partition.failed = false;
  partition.unsure = false;
  assign_anew(partition);
  schedule_commit();
}

void SourceReader::start_anew(const std::string& topic, Partition number, Offset first) {
  LanePartition* partition = find(topic, number);
  if (partition == nullptr) return;
  partition->failed = true;
  partition->anew = first;
  partition->asked = partition->confirmed = kNothing;
  partition->plan.counters->next_commit.store(first.value, std::memory_order_relaxed);
  schedule_commit();
}

std::vector<kafka::CommitPosition> SourceReader::behind(Offset LanePartition::*from) const {
  std::vector<kafka::CommitPosition> positions;
  if (!plan_.commits) return positions;
  for (const auto& partition : partitions_) {
    if (partition->unsure && !partition->anew) continue;
    const Offset next = partition->anew.value_or(partition->ledger.committable());
    if (next > (*partition).*from) positions.push_back({partition->slot, next});
  }
  return positions;
}

void SourceReader::start_commit(Clock::time_point now) {
  const auto positions = behind(&LanePartition::asked);
  if (positions.empty()) {
    finished_since_commit_ = 0;
    commit_due_ = Clock::time_point::max();
    return;
  }
  if (consumer_->commit(positions) == kafka::CommitStart::busy) return;  // its events bring us here again
  for (const kafka::CommitPosition& position : positions) find(position.slot)->asked = position.next;
  finished_since_commit_ = 0;
  commit_due_ = now + plan_.commit_interval;
}

void SourceReader::tick(Clock::time_point now) {
  consumer_->poll(events_);
  commit_failures(events_);
  for (const kafka::ConsumerEvent& event : events_) handle(event);
  events_.clear();
  const bool due = now >= commit_due_ || finished_since_commit_ >= plan_.commit_records;
  if (due && now >= commit_not_before_) start_commit(now);
  for (const auto& partition : partitions_) {
    if (partition->go_on_from && !batch_is_out_) begin_again(*partition);
    if (const auto end = consumer_->high_watermark(partition->slot)) {
      partition->plan.counters->high_watermark.store(*end, std::memory_order_relaxed);
    }
  }
}

LanePartition* SourceReader::find(const std::string& topic, Partition number) {
  for (const auto& partition : partitions_) {
    if (partition->plan.topic == topic && partition->plan.partition == number) return partition.get();
  }
  return nullptr;
}

LanePartition* SourceReader::find(kafka::PartitionSlot slot) {
  for (const auto& partition : partitions_) {
    if (partition->slot == slot) return partition.get();
  }
  return nullptr;
}

// One line for a commit of any number of partitions; the next one waits, however short the interval is.
void SourceReader::commit_failures(const std::vector<kafka::ConsumerEvent>& events) {
  std::size_t failures = 0;
  const kafka::ConsumerEvent* first = nullptr;
  for (const kafka::ConsumerEvent& event : events) {
    if (event.kind != kafka::ConsumerEvent::Kind::commit_failed || failures++ > 0) continue;
    first = &event;
  }
  if (first == nullptr) return;
  spdlog::warn("source {}: offsets of {} partitions could not be committed, they are tried again: {}",
               plan_.name, failures, first->message);
  commit_not_before_ = clock_.now() + kCommitRetry;
}

void SourceReader::handle(const kafka::ConsumerEvent& event) {
  using Kind = kafka::ConsumerEvent::Kind;
  if (event.kind == Kind::unreachable || event.kind == Kind::failed) {
    spdlog::warn("source {}: {}", plan_.name, event.message);
    return;
  }
  LanePartition* partition = find(event.slot);
  SHOAL_ASSERT(partition != nullptr);
  switch (event.kind) {
    case Kind::committed:
      if (partition->anew && event.offset != *partition->anew) break;  // asked for before
      // An older commit may be told of after a newer one.
      partition->confirmed = std::max(partition->confirmed, event.offset);
      partition->plan.counters->committed.store(partition->confirmed.value, std::memory_order_relaxed);
      break;
    case Kind::commit_failed:
      // What is not committed is still committable: the next commit takes it along.
      partition->asked = partition->confirmed;
      schedule_commit();
      break;
    case Kind::offset_out_of_range:
      if (partition->proof && partition->proof_step != ProofStep::follower) {
        if (partition->proof_step == ProofStep::again) partition->proof.reset();  // it has expired
        partition->proof_step = ProofStep::follower;
        assign_anew(*partition);
        break;
      }
      partition->proof.reset();
      report(*partition, Trouble::Kind::offset_gone,
             "offset " + std::to_string(event.offset.value) + " is not in the topic");
      break;
    case Kind::topic_gone:
      partition->unsure = true;
      report(*partition, Trouble::Kind::topic_gone, event.message);
      break;
    case Kind::misrouted:
      if (!partition->anew) assign_anew(*partition);
      break;
    default:
      spdlog::warn("source {}: {}: {}", plan_.name, name_of(partition->plan), event.message);
  }
}

void SourceReader::assign_anew(LanePartition& partition) {
  const kafka::PartitionSlot slot = partition.slot;
  const bool wants_proof = partition.proof && partition.proof_step != ProofStep::follower;
  const Offset from = wants_proof ? partition.proof->offset : partition.position;
  const kafka::PartitionStart start{partition.plan.topic, partition.plan.partition, from};
  const auto unassigned = consumer_->unassign(std::span(&slot, 1));
  if (!unassigned) return fail(partition, unassigned.error().message);
  const auto slots = consumer_->assign(std::span(&start, 1));
  if (!slots) return fail(partition, slots.error().message);
  partition.slot = slots.value().front();
}

void SourceReader::read_from(LanePartition& partition, Offset at, const std::optional<RecordMark>& last,
                             std::uint64_t assignment) {
  partition.assignment = assignment;
  partition.proof = last;
  partition.proof_step = ProofStep::record;
  partition.ledger = OffsetLedger(at);
  partition.position = at;
  partition.kept_records = 0;
  partition.kept_bytes = 0;
  partition.plan.counters->position.store(at.value);
  partition.plan.counters->next_commit.store(at.value);
  if (partition.failed) return;  // where it goes on, it goes on from there
  assign_anew(partition);
  schedule_commit();
}

Result<void> SourceReader::commit_now(std::chrono::milliseconds timeout) {
  // A commit in flight may still fail, so all that is not confirmed is sent once more.
  const auto positions = behind(&LanePartition::confirmed);
  if (positions.empty()) return success();
  SHOAL_TRYV(consumer_->commit_now(positions, timeout));
  for (const kafka::CommitPosition& position : positions) {
    LanePartition& partition = *find(position.slot);
    partition.asked = partition.confirmed = position.next;
    partition.plan.counters->committed.store(position.next.value, std::memory_order_relaxed);
  }
  return success();
}

std::uint64_t SourceReader::unfinished() const {
  std::uint64_t total = 0;
  for (const auto& partition : partitions_) total += partition->ledger.unfinished();
  return total;
}

}  // namespace shoal::lanes
