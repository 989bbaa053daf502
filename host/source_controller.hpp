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
// A source is held when its topic's partition count is no longer the type's shard count, since its keys would
// go to other shards, and when its topic is gone or is another one of the same name. A partition whose next
// offset is gone is held, or goes on where the source's `lost_records` says so. Nothing is skipped unsaid.
//
// source_controller.cpp opens sources and tells of them, source_topics.cpp finds their topics,
// source_starts.cpp where they begin, source_watch.cpp watches those that are read.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/config/config.hpp"
#include "host/config/topic_pattern.hpp"
#include "host/kafka/producer.hpp"
#include "host/kafka/topics.hpp"
#include "host/lane_group.hpp"
#include "host/lanes/source_reader.hpp"
#include "host/log_identity.hpp"
#include "host/management/host_api.hpp"
#include "host/module_offsets.hpp"
#include "host/modules/registry.hpp"
#include "host/output_watch.hpp"
#include "host/retry.hpp"

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
    std::vector<std::string> output_topics;             // of all outputs, in the lanes' order
    const kafka::Producer* producer = nullptr;
    std::uint64_t random_seed = 0;
  };

  explicit SourceController(Options options);
  ~SourceController();
  SourceController(const SourceController&) = delete;
  SourceController& operator=(const SourceController&) = delete;

  void start();
  // Nothing new begins: the thread ends when the request that it waits for has ended, which `has_stopped`
  // tells. Sources that are read go on being read.
  void begin_stop();
  bool has_stopped() const { return has_stopped_.load(std::memory_order_acquire); }

  // A module that may keep offsets of sources. [control]
  void module_loaded(std::shared_ptr<const modules::Generation> module);
  // A type of a loaded module that a source may feed. [control]
  void type_loaded(std::shared_ptr<const modules::EntityType> type);
  // Whether a configured source decides the shard count of this type. [any-thread]
  bool feeds(std::string_view type) const;

  // Tells modules that keep offsets where their sources have ended. Requires: stopped, and the lanes have
  // ended. [control]
  void release_offsets();
  bool are_offsets_released() const { return module_offsets_.is_idle(); }

  // A partition stands still. [lane]
  void report_trouble(lanes::Trouble trouble);

  std::vector<management::Check> checks() const;         // [any-thread]
  std::vector<management::SourceStatus> status() const;  // [any-thread]

 private:
  enum class State { waiting, running, held };
  using Clock = std::chrono::steady_clock;
  struct Source {
    const config::Source* config = nullptr;
    lanes::SourceIndex index;
    std::vector<config::TopicPattern> patterns;
    // Written by [sources] and read by any thread, under the mutex.
    State state = State::waiting;
    std::string reason;
    std::map<std::string, std::string> troubles;   // by "topic/partition"
    std::vector<lanes::Trouble> questions;         // troubles that wait for an answer
    std::vector<std::string> topics;               // that are read
    std::map<std::string, std::string> refused;    // topics that match and are not read: why
    std::vector<lanes::PartitionPlan> partitions;  // that are read
    std::uint32_t partition_count = 0;             // of each topic
    // Of [sources] alone.
    Retry opening{{500, 5'000}};
    std::shared_ptr<const OpenType> type;
    std::uint32_t message_index = 0;
    Clock::time_point refresh_due;  // when topics are looked for again
    std::vector<LogIdentity> logs;  // of `partitions`
    std::set<std::string> gone;     // topics that did not exist when they were last looked for
    bool anew = false;              // a topic is another one: held until the host is restarted
  };
  enum class Same { yes, no, unanswered };

  void loop();
  Clock::time_point next_look(Clock::time_point now) const;
  bool is_stopping() const;
  void step(Source& source);
  Result<void> open(Source& source);
  void look_at_outputs();
  // source_topics.cpp
  Result<std::uint32_t> topic_partitions(Source& source);
  Result<std::uint32_t> count_of(Source& source, const std::string& topic);
  Result<void> find_topics(Source& source);
  void refresh_topics(Source& source);
  Result<void> add_topics(Source& source, const std::vector<std::string>& topics);
  Result<std::map<std::string, std::uint32_t>> matching_topics(const Source& source);
  Result<std::optional<std::uint32_t>> wanted_count(Source& source);
  std::vector<std::string> fitting(Source& source, const std::map<std::string, std::uint32_t>& found,
                                   std::uint32_t partition_count);
  const Source* other_reader(const Source& source, const std::string& topic) const;
  // source_starts.cpp
  Result<std::vector<lanes::PartitionPlan>> plan_partitions(const Source& source,
                                                            const std::vector<std::string>& topics,
                                                            std::uint32_t partition_count,
                                                            config::Start start);
  Result<void> own_starts(const Source& source, const std::vector<kafka::TopicPartition>& partitions,
                          std::vector<std::optional<Offset>>& own);

  Result<void> require_outputs(const Source& source, std::uint32_t partition_count) const;
  Result<std::shared_ptr<const OpenType>> require_type(const Source& source,
                                                       const std::shared_ptr<const modules::EntityType>& type,
                                                       std::uint32_t shard_count) const;
  void give_to_lanes(const Source& source, const std::vector<lanes::PartitionPlan>& partitions);
  // source_watch.cpp
  void watch(Source& source);
  void hold_or_resume(const Source& source, State state) const;
  bool check_topics(Source& source);
  Same is_same(Source& source, const std::string& topic);
  Same is_same_by_time(Source& source, const std::string& topic, std::vector<bool>& same) const;
  void declare_anew(Source& source, const std::string& topic);
  void answer_questions(Source& source);
  static bool was_read(const Source& source, const std::string& topic);
  bool answer(Source& source, const lanes::Trouble& question);
  void order(const Source& source, const lanes::PartitionPlan& partition,
             std::function<void(lanes::SourceReader&)> act) const;
  void set_state(Source& source, State state, std::string reason);
  void set_kafka(std::string reason);
  void look_soon();

  Options options_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const modules::EntityType>, std::less<>> loaded_;
  std::vector<OutputWatch> output_watches_;  // of [sources] alone
  std::string outputs_reason_;
  std::string kafka_reason_ = "no broker has answered yet";  // empty: it answers
  bool stopping_ = false;
  std::atomic<bool> has_stopped_{true};  // no thread runs
  bool look_now_ = false;
  std::mt19937_64 random_;        // of [sources] alone
  ModuleOffsets module_offsets_;  // last: its thread wakes this one
};

// How long one of Kafka's administrative requests may take.
inline constexpr std::chrono::seconds request_timeout{3};

// As partitions are named in reasons.
inline std::string name_of(const std::string& topic, Partition partition) {
  return topic + "/" + std::to_string(partition.value);
}

}  // namespace shoal::host
