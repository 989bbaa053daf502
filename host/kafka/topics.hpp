#pragma once
// TopicClient: what the host asks the cluster about topics and a group's offsets.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

struct TopicPartition {
  std::string topic;
  Partition partition;
};

// Where to begin to read.
struct StartQuestion {
  std::optional<std::string> group;  // whose committed offsets are asked for; none: nobody's
  std::vector<TopicPartition> partitions;
  config::Start start = config::Start::committed;
  std::int64_t time_ms = 0;  // of Start::time
};

struct StartOffset {
  Partition partition;
  std::optional<Offset> committed;  // what the group has committed
  Offset start;                     // explicit: where to assign
};

struct PartitionTime {
  Partition partition;
  std::int64_t timestamp_ms = 0;
};

struct Watermarks {
  Offset low;   // the first offset that is still there
  Offset high;  // the offset of the next record
};

// One handle for requests that wait for their answer. Joins no group, fetches nothing, creates no topic
// unasked. Threads: one caller at a time [control]; calls wait up to their timeout. Owner: the host. Errors:
// not_found (the topic or partition does not exist), unreachable (no broker answered in time), refused (not
// authorised), failed (anything else, in librdkafka's words).
class TopicClient {
 public:
  // Does not wait for a broker. bad_config: a key of `[kafka.client]` or a value that librdkafka refuses.
  static Result<std::unique_ptr<TopicClient>> create(const config::Kafka& kafka,
                                                     const std::string& client_id);
  ~TopicClient();
  TopicClient(const TopicClient&) = delete;
  TopicClient& operator=(const TopicClient&) = delete;

  Result<std::uint32_t> partition_count(const std::string& topic, std::chrono::milliseconds timeout);

  // A topic that exists already is a success, whatever its partition count. Replication is the broker's
  // default. A cluster without the admin API (the mock cluster) creates it on first use, with a partition
  // count of its own.
  Result<void> create_topic(const std::string& topic, std::uint32_t partition_count,
                            std::chrono::milliseconds timeout);

  // All topics that this client may see, with their partition counts.
  Result<std::map<std::string, std::uint32_t>> topics(std::chrono::milliseconds timeout);

  // Where to start in each of the partitions, in their order. Start::committed: what is committed, else the
  // earliest; earliest and latest: the log's beginning and end; time: the first record of that time or later,
  // the end where there is none. All whatever is committed, but for Start::committed.
  Result<std::vector<StartOffset>> start_offsets(const StartQuestion& question,
                                                 std::chrono::milliseconds timeout);

  // The first record of each partition whose timestamp is the one given (ms) or later; none where there is
  // no such record. In the order given.
  Result<std::vector<std::optional<Offset>>> first_since(const std::string& topic,
                                                         std::span<const PartitionTime> times,
                                                         std::chrono::milliseconds timeout);

  // Asks the partition's leader. not_found: the topic or the partition does not exist.
  Result<Watermarks> watermarks(const std::string& topic, Partition partition,
                                std::chrono::milliseconds timeout);

 private:
  struct State;
  explicit TopicClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::kafka
