#pragma once
// KafkaShardLogs: the logs of a host's durable shards in Kafka: a client of each lane, and the topics of the
// types. [control]

#include <cstdint>
#include <memory>
#include <string>

#include "host/config/config.hpp"
#include "host/lanes/lane.hpp"
#include "journal/kafka_topic_keeper.hpp"

namespace shoal::host {

class KafkaShardLogs {
 public:
  // `owner` is drawn anew at each start of the host. Does not wait for a broker. bad_config: librdkafka
  // refuses a key or a value. Requires: the keys of `[kafka.client]` have been checked.
  static Result<std::unique_ptr<KafkaShardLogs>> create(const config::Config& config, std::uint64_t owner);
  // Nothing is woken any more. Requires: called before the lanes go.
  ~KafkaShardLogs();

  // Gives a lane its logs. Requires: the lane has not been started, and no type is opened.
  Result<void> give(lanes::Lane& lane);
  // Makes or checks its topic, until it is right; until then its shards have no logs. [any-thread]
  void open_type(const std::string& type, std::uint32_t shards) { keeper_->keep(type, shards); }
  // Empty, or which topics are not as they must be. [any-thread]
  std::string trouble() const { return keeper_->trouble(); }

 private:
  KafkaShardLogs(journal::KafkaClientOptions client, std::uint64_t owner,
                 std::shared_ptr<journal::KafkaTopicKeeper> keeper);

  journal::KafkaClientOptions client_;
  std::uint64_t owner_;
  std::shared_ptr<journal::KafkaTopicKeeper> keeper_;  // with the lanes, which ask it
};

}  // namespace shoal::host
