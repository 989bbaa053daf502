#pragma once
// KafkaAdmin: makes the journal topic of a type, or sees that it is one that keeps what it is given, and
// which journal it is. Calls wait for a broker, up to their time; one caller at a time, never a lane.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "journal/ids.hpp"
#include "journal/kafka_options.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

// What a topic is set to, as far as it matters, by Kafka's names.
using KafkaTopicSettings = std::map<std::string, std::string>;

// What a topic is made with: these must hold of it from then on.
KafkaTopicSettings journal_topic_settings();

// refused: a setting that would lose records; the message names topic, setting, and what to do. Pure.
Result<void> check_topic_settings(const std::string& topic, const KafkaTopicSettings& settings);

// What is not wrong, and may be regretted: too few replicas, or too few that must have a record. Pure.
std::vector<std::string> warnings_of(const std::string& topic, const KafkaTopicSettings& settings,
                                     std::uint32_t replicas);

struct KafkaJournalTopic {
  JournalId journal;
  std::vector<std::string> warnings;
};

// Of a topic that was right. made_anew: there is one of its name, which is another journal, or none yet.
enum class KafkaTopicFate : std::uint8_t { kept, gone, made_anew };

class KafkaAdmin {
 public:
  // Does not wait for a broker. bad_config: as make_kafka_producer.
  static Result<std::unique_ptr<KafkaAdmin>> create(KafkaClientOptions options);
  ~KafkaAdmin();
  KafkaAdmin(const KafkaAdmin&) = delete;
  KafkaAdmin& operator=(const KafkaAdmin&) = delete;

  struct TopicRequest {
    std::string type;
    std::uint32_t shards = 0;
    std::uint32_t replication_factor = 0;  // of a topic that is made; 0: as the brokers have it
  };
  // unreachable, refused (a wrong topic, or no permission), failed.
  Result<KafkaJournalTopic> prepare(const TopicRequest& request, std::chrono::milliseconds timeout);
  // What has become of a topic that was prepared; it is never made again. Errors as above: nobody can tell.
  Result<KafkaTopicFate> look(const std::string& type, const JournalId& journal,
                              std::chrono::milliseconds timeout);

 private:
  struct State;
  explicit KafkaAdmin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::journal
