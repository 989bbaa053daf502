#pragma once
// SourceController: brings each configured source from "its type is not loaded" to "its partitions are read",
// and keeps watching its topics.
//
// A thread of its own [sources], since Kafka's administrative requests wait for their answers. It decides,
// the lanes read: the shards of this host are all shards, partition n of a topic is shard n of the source's
// type, and shard n belongs to one lane. States of a source, each with a reason that says the operator's next
// step:
//
//   waiting (for its module, a broker, its topics, its sinks' and dead-letter topics) → running ⇄ held
//
// A source is held when its topic's partition count is no longer the type's shard count, or the topic is
// gone: its keys would go to other shards. Nothing is skipped meanwhile.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/config/config.hpp"
#include "host/kafka/topics.hpp"
#include "host/lane_group.hpp"
#include "host/lanes/source_reader.hpp"
#include "host/management/host_api.hpp"
#include "host/modules/registry.hpp"

namespace shoal::host {

// The topic a source's dead letters of `topic` go to; none where they are counted and logged only.
std::optional<std::string> dead_letter_topic(const config::Source& source, const std::string& topic);

class SourceController {
 public:
  struct Options {
    const config::Config* config = nullptr;
    LaneGroup* lanes = nullptr;
    TypeDirectory* types = nullptr;
    std::unique_ptr<kafka::TopicClient> topics;
    std::map<std::string, lanes::OutputIndex> outputs;  // by topic, of dead letters
  };

  explicit SourceController(Options options);
  ~SourceController();
  SourceController(const SourceController&) = delete;
  SourceController& operator=(const SourceController&) = delete;

  void start();
  // Ends the thread; at most the time of one request. Sources that are read go on being read.
  void stop();

  // A type of a loaded module that a source may feed. [control]
  void type_loaded(std::shared_ptr<const modules::EntityType> type);
  // Whether a configured source decides the shard count of this type. [any-thread]
  bool feeds(std::string_view type) const;

  // A partition stands still. [lane]
  void report_trouble(lanes::SourceIndex source, const std::string& topic, Partition partition,
                      std::string reason);

  std::vector<management::Check> checks() const;         // [any-thread]
  std::vector<management::SourceStatus> status() const;  // [any-thread]

 private:
  enum class State { waiting, running, held };
  struct Source {
    const config::Source* config = nullptr;
    lanes::SourceIndex index;
    // Written by [sources] and read by any thread, under the mutex.
    State state = State::waiting;
    std::string reason;
    std::map<std::string, std::string> troubles;  // by "topic/partition"
    std::vector<lanes::PartitionPlan> partitions;
    std::uint32_t partition_count = 0;
  };

  void loop();
  void step(Source& source);
  Result<void> open(Source& source);
  Result<std::uint32_t> topic_partitions(const Source& source);
  Result<void> require_outputs(const Source& source, std::uint32_t partition_count) const;
  Result<std::shared_ptr<const OpenType>> require_type(const Source& source,
                                                       const std::shared_ptr<const modules::EntityType>& type,
                                                       std::uint32_t shard_count) const;
  Result<std::vector<lanes::PartitionPlan>> plan_partitions(const Source& source,
                                                            std::uint32_t partition_count);
  void give_to_lanes(const Source& source, const OpenType& type, std::uint32_t message_index);
  void watch(Source& source);
  void set_state(Source& source, State state, std::string reason);
  void set_kafka(std::string reason);

  Options options_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const modules::EntityType>, std::less<>> loaded_;
  std::string kafka_reason_ = "no broker has answered yet";  // empty: it answers
  bool stopping_ = false;
  bool look_now_ = false;
};

}  // namespace shoal::host
