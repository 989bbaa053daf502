#pragma once
// MemoryTopics: topics of sources, the offsets of their group, and a sink, for hosts in one thread; what a
// host reads and sends with. Kafka outlives its hosts: what was sent and not acknowledged when a host is
// killed may arrive or not.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/kafka/partition_reader.hpp"
#include "host/kafka/record_sender.hpp"
#include "tests/sim/journal/chance.hpp"

namespace shoal::sim {

struct SourceRecord {
  std::string key;
  std::string value;
  std::int64_t timestamp_ms;
};

struct SunkRecord {
  std::string id;  // of the emit
  std::string value;
};

class MemoryTopics {
 public:
  using PartitionKey = std::pair<std::string, std::int32_t>;
  struct PartitionLog {
    std::deque<SourceRecord> records;  // those that lanes hold stay where they are
    std::int64_t committed = 0;
  };

  PartitionLog& partition(const std::string& topic, std::int32_t number) {
    return partitions_[{topic, number}];
  }
  // Requires: nobody reads it.
  void make_anew(const std::string& topic, std::int32_t number);
  const std::map<PartitionKey, PartitionLog>& partitions() const { return partitions_; }

  std::function<void(const SunkRecord&)> on_sunk;

 private:
  std::map<PartitionKey, PartitionLog> partitions_;
};

// A lane's. `chance` decides how many records it gets at a time, and which commits fail.
class MemoryReader final : public kafka::PartitionReader {
 public:
  MemoryReader(MemoryTopics& topics, Chance& chance) : topics_(topics), chance_(chance) {}

  Result<std::vector<kafka::PartitionSlot>> assign(std::span<const kafka::PartitionStart> starts) override;
  Result<void> unassign(std::span<const kafka::PartitionSlot> slots) override;
  std::size_t take(kafka::PartitionSlot slot, std::span<shoal_record> records) override;
  void release() override {}
  kafka::CommitStart commit(std::span<const kafka::CommitPosition> positions) override;
  Result<void> commit_now(std::span<const kafka::CommitPosition> positions,
                          std::chrono::milliseconds timeout) override;
  void poll(std::vector<kafka::ConsumerEvent>& events) override;
  std::optional<std::int64_t> high_watermark(kafka::PartitionSlot slot) const override;

 private:
  struct Assigned {
    std::string topic;
    std::int32_t number;
    std::int64_t next;
    bool is_assigned = true;
    bool is_out_of_range = false;
  };

  void apply(const kafka::CommitPosition& position);

  MemoryTopics& topics_;
  Chance& chance_;
  std::vector<Assigned> slots_;
  std::vector<kafka::CommitPosition> committing_;
  std::vector<kafka::ConsumerEvent> events_;
};

// A host's. What it has taken arrives and is reported when the world says so.
class MemorySender final : public kafka::RecordSender {
 public:
  struct Options {
    MemoryTopics* topics = nullptr;
    Chance* chance = nullptr;
    bool acknowledges_early = false;  // before it has arrived
    std::function<void(std::span<const kafka::DeliveryReport>)> on_reports;
  };
  explicit MemorySender(Options options) : options_(std::move(options)) {}

  kafka::SendResult send(LaneIndex lane, std::uint64_t tag, kafka::SinkTopic topic, shoal_bytes key,
                         shoal_bytes value, std::span<const shoal_header> headers,
                         std::int64_t timestamp_ms) override;

  // One record arrives, or those that have are reported.
  void go_on();
  bool is_idle() const { return queued_.empty() && arrived_.empty() && !is_full_said_; }
  // Its host is killed: of what has not arrived some does.
  void die();

 private:
  struct Queued {
    std::uint64_t tag;
    std::uint32_t bytes;
    SunkRecord record;
  };

  Options options_;
  std::deque<Queued> queued_;
  std::vector<kafka::DeliveryReport> arrived_;
  bool is_full_said_ = false;
  bool is_dead_ = false;
};

}  // namespace shoal::sim
