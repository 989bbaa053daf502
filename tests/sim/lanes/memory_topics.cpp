#include "tests/sim/lanes/memory_topics.hpp"

#include <algorithm>

#include "host/lanes/durable_turn.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::sim {

namespace {

constexpr std::size_t queued_max = 16;

shoal_status no_header(const shoal_record*, std::uint32_t, shoal_header*) { return SHOAL_STATUS_NOT_FOUND; }

}  // namespace

void MemoryTopics::make_anew(const std::string& topic, std::int32_t number) {
  partitions_[{topic, number}] = {};
}

Result<std::vector<kafka::PartitionSlot>> MemoryReader::assign(
    std::span<const kafka::PartitionStart> starts) {
  std::vector<kafka::PartitionSlot> slots;
  for (const kafka::PartitionStart& start : starts) {
    slots.emplace_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.push_back({start.topic, start.partition.value, start.offset.value});
  }
  return slots;
}

Result<void> MemoryReader::unassign(std::span<const kafka::PartitionSlot> slots) {
  for (const kafka::PartitionSlot slot : slots) slots_[slot.value].is_assigned = false;
  std::erase_if(events_, [this](const auto& event) { return !slots_[event.slot.value].is_assigned; });
  return success();
}

std::size_t MemoryReader::take(kafka::PartitionSlot slot, std::span<shoal_record> records) {
  Assigned& assigned = slots_[slot.value];
  const auto& log = topics_.partition(assigned.topic, assigned.number).records;
  const auto end = static_cast<std::int64_t>(log.size());
  if (assigned.next > end && !assigned.is_out_of_range) {
    assigned.is_out_of_range = true;
    events_.push_back({kafka::ConsumerEvent::Kind::offset_out_of_range, slot, Offset{assigned.next}, ""});
  }
  if (assigned.next >= end || chance_.once_in(3)) return 0;
  const std::size_t wanted = std::min<std::size_t>(records.size(), 1 + chance_.below(4));
  std::size_t count = 0;
  while (count < wanted && assigned.next < end) {
    const SourceRecord& from = log[static_cast<std::size_t>(assigned.next)];
    shoal_record& record = records[count++];
    record = {};
    record.size = sizeof record;
    record.partition = assigned.number;
    record.topic = to_bytes(std::string_view(assigned.topic));
    record.offset = assigned.next++;
    record.timestamp_ms = from.timestamp_ms;
    record.key = to_bytes(std::string_view(from.key));
    record.value = to_bytes(std::string_view(from.value));
    record.header = no_header;
  }
  return count;
}

// Also back: a host that was overtaken may do so.
void MemoryReader::apply(const kafka::CommitPosition& position) {
  const Assigned& assigned = slots_[position.slot.value];
  topics_.partition(assigned.topic, assigned.number).committed = position.next.value;
}

kafka::CommitStart MemoryReader::commit(std::span<const kafka::CommitPosition> positions) {
  if (!committing_.empty()) return kafka::CommitStart::busy;
  committing_.assign(positions.begin(), positions.end());
  return kafka::CommitStart::started;
}

Result<void> MemoryReader::commit_now(std::span<const kafka::CommitPosition> positions,
                                      std::chrono::milliseconds) {
  committing_.clear();
  for (const kafka::CommitPosition& position : positions) apply(position);
  return success();
}

void MemoryReader::poll(std::vector<kafka::ConsumerEvent>& events) {
  using Kind = kafka::ConsumerEvent::Kind;
  const bool fails = !committing_.empty() && chance_.once_in(10);
  for (const kafka::CommitPosition& position : committing_) {
    if (!slots_[position.slot.value].is_assigned) continue;
    if (!fails) apply(position);
    events.push_back({fails ? Kind::commit_failed : Kind::committed, position.slot, position.next, ""});
  }
  committing_.clear();
  events.insert(events.end(), events_.begin(), events_.end());
  events_.clear();
}

std::optional<std::int64_t> MemoryReader::high_watermark(kafka::PartitionSlot slot) const {
  const Assigned& assigned = slots_[slot.value];
  return static_cast<std::int64_t>(topics_.partition(assigned.topic, assigned.number).records.size());
}

kafka::SendResult MemorySender::send(LaneIndex, std::uint64_t tag, kafka::SinkTopic, shoal_bytes key,
                                     shoal_bytes value, std::span<const shoal_header> headers, std::int64_t) {
  if (is_dead_) return {};
  if (queued_.size() >= queued_max || options_.chance->once_in(40)) {
    is_full_said_ = true;
    return {kafka::SendStatus::queue_full, ""};
  }
  Queued queued{tag, static_cast<std::uint32_t>(key.size + value.size), {"", std::string(to_view(value))}};
  for (const shoal_header& header : headers) {
    if (to_view(header.name) == lanes::emit_id_header) queued.record.id = to_view(header.value);
  }
  if (options_.acknowledges_early) arrived_.push_back({tag, true, false, queued.bytes, ""});
  queued_.push_back(std::move(queued));
  return {};
}

void MemorySender::go_on() {
  if (is_dead_) return;
  if (!queued_.empty() && options_.chance->once_in(2)) {
    const Queued queued = std::move(queued_.front());
    queued_.pop_front();
    options_.topics->on_sunk(queued.record);
    if (!options_.acknowledges_early) arrived_.push_back({queued.tag, true, false, queued.bytes, ""});
    return;
  }
  if (std::exchange(is_full_said_, false)) options_.on_reports({});
  if (!arrived_.empty()) options_.on_reports(std::exchange(arrived_, {}));
}

void MemorySender::die() {
  is_dead_ = true;
  for (const Queued& queued : queued_) {
    if (options_.chance->once_in(2)) options_.topics->on_sunk(queued.record);
  }
  queued_.clear();
}

}  // namespace shoal::sim
