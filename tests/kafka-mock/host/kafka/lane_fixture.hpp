#pragma once
// What a lane does around its LaneConsumer, for tests: a wake-up descriptor, waiting with a deadline, a
// filled topic.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/kafka/lane_consumer.hpp"
#include "host/kafka/producer.hpp"
#include "host/kafka/topics.hpp"

namespace shoal::kafka {

// What a source of this group asks for its partitions of one topic.
StartQuestion start_question(const std::string& group, const std::string& topic,
                             std::span<const Partition> partitions, config::Start start);

inline constexpr std::chrono::milliseconds test_deadline{30'000};

// An eventfd that is waited for with a bound.
class WakeFd {
 public:
  WakeFd();
  ~WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;
  int get() const { return fd_; }
  // Waits until it was written and reads it empty; false when the time ran out.
  bool wait(std::chrono::milliseconds timeout) const;

 private:
  int fd_;
};

// A record as it was taken, copied.
struct TakenRecord {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// A LaneConsumer with its descriptor, the events it gave and the records of whatever slot was taken from.
class Lane {
 public:
  Lane(const config::Kafka& kafka, const std::string& group, std::size_t queued_kbytes_max = 65'536);
  LaneConsumer& consumer() { return *consumer_; }
  const WakeFd& wake() const { return wake_; }
  PartitionSlot assign(const std::string& topic, std::int32_t partition, std::int64_t offset);
  // Polls, and waits for wake-ups, until the condition holds; false at the test's deadline.
  bool until(const std::function<bool()>& condition);
  // Takes from the slot until `count` records have come or the deadline has passed.
  std::vector<TakenRecord> take(PartitionSlot slot, std::size_t count);
  // The first event of this kind, waited for.
  std::optional<ConsumerEvent> wait_for(ConsumerEvent::Kind kind);
  std::vector<ConsumerEvent> events;

 private:
  WakeFd wake_;
  std::unique_ptr<LaneConsumer> consumer_;
};

// A key that belongs to the partition.
std::string key_for(std::uint32_t partition, std::uint32_t partition_count);

// Writes `count` records with increasing values "0", "1", … to each partition and waits until all are
// acknowledged.
void fill(const config::Kafka& kafka, const std::string& topic, std::uint32_t partition_count,
          std::uint64_t count, std::size_t value_size_min = 0);

}  // namespace shoal::kafka
