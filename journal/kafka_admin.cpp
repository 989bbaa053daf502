#include "journal/kafka_admin.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <utility>

#include "journal/kafka_handles.hpp"
#include "journal/kafka_message.hpp"

namespace shoal::journal {
namespace {

using AdminClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds admin_ask_again{100};

class AdminDeadline {
 public:
  explicit AdminDeadline(milliseconds timeout) : end_(AdminClock::now() + timeout) {}
  // At least 1, since 0 and less mean other things to librdkafka.
  int left_ms() const {
    const auto left = std::chrono::duration_cast<milliseconds>(end_ - AdminClock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 1));
  }
  bool has_passed() const { return AdminClock::now() >= end_; }

 private:
  AdminClock::time_point end_;
};

ErrorCode admin_code(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return ErrorCode::unreachable;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return ErrorCode::refused;
    default:
      return ErrorCode::failed;
  }
}

Error admin_error(rd_kafka_resp_err_t code, const std::string& what, const char* detail = nullptr) {
  const std::string text = detail != nullptr && *detail != '\0' ? detail : rd_kafka_err2str(code);
  return error(admin_code(code),
               "the journal's " + what + ": " + text + " (" + rd_kafka_err2name(code) + ")");
}

JournalId random_journal() {
  std::random_device random;
  JournalId id;
  for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random());
  return id;
}

}  // namespace

struct KafkaAdmin::State {
  struct Found {
    std::uint32_t partitions = 0;  // 0: there is no such topic
    std::uint32_t replicas = 0;
  };
  struct First {
    KafkaHead head;
    std::int64_t offset = 0;
  };

  Result<Found> find(const std::string& topic, const AdminDeadline& deadline) const;
  Result<void> make(const std::string& topic, const TopicRequest& request,
                    const AdminDeadline& deadline) const;
  Result<KafkaTopicSettings> settings(const std::string& topic, const AdminDeadline& deadline) const;
  static Result<KafkaEventHandle> answer(rd_kafka_queue_t* answers, const std::string& what,
                                         const AdminDeadline& deadline);
  Result<std::optional<First>> first_message(const std::string& topic, const AdminDeadline& deadline) const;
  Result<std::optional<JournalId>> first_journal(const std::string& topic,
                                                 const AdminDeadline& deadline) const;
  Result<void> write_identity(const std::string& topic, TypeNumber type, const AdminDeadline& deadline) const;
  void wait() const;

  KafkaClientOptions options;
  KafkaHandle producer;
  KafkaQueueHandle reports;
  KafkaHandle consumer;
};

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::create(KafkaClientOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  SHOAL_TRY(producer, make_kafka_producer(state->options));
  state->producer = std::move(producer);
  state->reports.reset(rd_kafka_queue_get_main(state->producer.get()));
  SHOAL_TRY(consumer, make_kafka_consumer(state->options));
  state->consumer = std::move(consumer);
  return std::unique_ptr<KafkaAdmin>(new KafkaAdmin(std::move(state)));
}

KafkaAdmin::KafkaAdmin(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaAdmin::~KafkaAdmin() {
  rd_kafka_purge(state_->producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

// Nothing is ever put into this queue.
void KafkaAdmin::State::wait() const {
  const KafkaQueueHandle silent(rd_kafka_queue_new(consumer.get()));
  const KafkaEventHandle none(rd_kafka_queue_poll(silent.get(), static_cast<int>(admin_ask_again.count())));
}

// Among all: a request for it alone could create it.
Result<KafkaAdmin::State::Found> KafkaAdmin::State::find(const std::string& topic,
                                                         const AdminDeadline& deadline) const {
  for (;;) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code = rd_kafka_metadata(consumer.get(), 1, nullptr, &answer, deadline.left_ms());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return admin_error(code, "topic " + topic);
    const KafkaMetadataHandle metadata(answer);
    const std::span all(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt));
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.topic == topic; });
    if (at == all.end() || at->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return Found{};
    if (at->err == RD_KAFKA_RESP_ERR_NO_ERROR && at->partition_cnt > 0) {
      return Found{static_cast<std::uint32_t>(at->partition_cnt),
                   static_cast<std::uint32_t>(at->partitions[0].replica_cnt)};
    }
    if (at->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || deadline.has_passed()) {
      return admin_error(at->err, "topic " + topic);
    }
    wait();
  }
}

// Of one request, so that no late answer is taken for another one's.
Result<KafkaEventHandle> KafkaAdmin::State::answer(rd_kafka_queue_t* answers, const std::string& what,
                                                   const AdminDeadline& deadline) {
  KafkaEventHandle event(rd_kafka_queue_poll(answers, deadline.left_ms()));
  if (!event) return admin_error(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  const auto code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return admin_error(code, what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Result<void> KafkaAdmin::State::make(const std::string& topic, const TopicRequest& request,
                                     const AdminDeadline& deadline) const {
  std::array<char, 512> text{};
  const int replicas = request.replication_factor == 0 ? -1 : static_cast<int>(request.replication_factor);
  const KafkaNewTopicHandle made(rd_kafka_NewTopic_new(topic.c_str(), static_cast<int>(request.shards),
                                                       replicas, text.data(), text.size()));
  if (!made) return error(ErrorCode::refused, "the journal's topic " + topic + ": " + text.data());
  for (const auto& [name, value] : journal_topic_settings()) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  if (replicas >= 3) rd_kafka_NewTopic_set_config(made.get(), "min.insync.replicas", "2");
  rd_kafka_NewTopic_t* all[] = {made.get()};
  const KafkaQueueHandle answers(rd_kafka_queue_new(producer.get()));
  rd_kafka_CreateTopics(producer.get(), all, 1, nullptr, answers.get());
  SHOAL_TRY(event, answer(answers.get(), "topic " + topic, deadline));
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  const auto* topics = rd_kafka_CreateTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(topics[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    return admin_error(code, "topic " + topic + " cannot be made",
                       rd_kafka_topic_result_error_string(topics[i]));
  }
  return success();
}

Result<KafkaTopicSettings> KafkaAdmin::State::settings(const std::string& topic,
                                                       const AdminDeadline& deadline) const {
  const KafkaResourceHandle resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* all[] = {resource.get()};
  const KafkaQueueHandle answers(rd_kafka_queue_new(producer.get()));
  rd_kafka_DescribeConfigs(producer.get(), all, 1, nullptr, answers.get());
  SHOAL_TRY(event, answer(answers.get(), "settings of topic " + topic, deadline));
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
  const auto* resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  KafkaTopicSettings found;
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_ConfigResource_error(resources[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return admin_error(code, "settings of topic " + topic,
                         rd_kafka_ConfigResource_error_string(resources[i]));
    }
    std::size_t entries = 0;
    const auto* configs = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (std::size_t k = 0; k < entries; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(configs[k]);
      found[rd_kafka_ConfigEntry_name(configs[k])] = value == nullptr ? "" : value;
    }
  }
  return found;
}

// --- Which journal it is --------------------------------------------------------------------------

// Of the first message of partition 0; none: there has never been one.
Result<std::optional<KafkaAdmin::State::First>> KafkaAdmin::State::first_message(
    const std::string& topic, const AdminDeadline& deadline) const {
  const KafkaTopicHandle handle(rd_kafka_topic_new(consumer.get(), topic.c_str(), nullptr));
  if (rd_kafka_consume_start(handle.get(), 0, RD_KAFKA_OFFSET_BEGINNING) != 0) {
    return admin_error(rd_kafka_last_error(), "topic " + topic);
  }
  const KafkaMessageHandle message(rd_kafka_consume(handle.get(), 0, deadline.left_ms()));
  rd_kafka_consume_stop(handle.get(), 0);
  if (!message) return admin_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "topic " + topic);
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && message->offset == 0) {
    return std::optional<First>();
  }
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return error(ErrorCode::refused, "the journal's topic " + topic +
                                         " has been emptied by something else: delete it to begin anew, or "
                                         "restore it");
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return admin_error(message->err, "topic " + topic);
  const auto decoded = decode_kafka_message({static_cast<const char*>(message->payload), message->len});
  if (!decoded) {
    return error(ErrorCode::refused, "the journal's topic " + topic + " partition 0 offset " +
                                         std::to_string(message->offset) + ": " + decoded.error().message);
  }
  return std::optional<First>({decoded.value().head, message->offset});
}

Result<std::optional<JournalId>> KafkaAdmin::State::first_journal(const std::string& topic,
                                                                  const AdminDeadline& deadline) const {
  SHOAL_TRY(first, first_message(topic, deadline));
  return first ? std::optional(first->head.journal) : std::nullopt;
}

Result<void> KafkaAdmin::State::write_identity(const std::string& topic, TypeNumber type,
                                               const AdminDeadline& deadline) const {
  KafkaHead head;
  head.kind = KafkaMessageKind::identity;
  head.journal = random_journal();
  head.shard = {type, ShardId(0)};
  std::string bytes(kafka_head_bytes, '\0');
  seal_kafka_message(head, bytes);
  const KafkaTopicHandle handle(rd_kafka_topic_new(producer.get(), topic.c_str(), nullptr));
  if (rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY, bytes.data(), bytes.size(), nullptr, 0,
                       nullptr) != 0) {
    return admin_error(rd_kafka_last_error(), "topic " + topic);
  }
  while (!deadline.has_passed()) {
    const KafkaEventHandle event(rd_kafka_queue_poll(reports.get(), deadline.left_ms()));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get());
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return success();
    return admin_error(message->err, "topic " + topic);
  }
  return admin_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "topic " + topic);
}

Result<KafkaJournalTopic> KafkaAdmin::prepare(const TopicRequest& request, milliseconds timeout) {
  const AdminDeadline deadline(timeout);
  const std::string topic = state_->options.topic_prefix + request.type;
  SHOAL_TRY(found, state_->find(topic, deadline));
  if (found.partitions == 0) {
    SHOAL_TRYV(state_->make(topic, request, deadline));
    while (found.partitions == 0 && !deadline.has_passed()) {
      state_->wait();
      SHOAL_TRY(made, state_->find(topic, deadline));
      found = made;
    }
  }
  if (found.partitions != request.shards) {
    return error(ErrorCode::refused, "the journal's topic " + topic + " has " +
                                         std::to_string(found.partitions) + " partitions, and type " +
                                         request.type + " has " + std::to_string(request.shards) +
                                         " shards: set types." + request.type +
                                         ".shards, or name another journal.kafka_topic_prefix");
  }
  SHOAL_TRY(settings, state_->settings(topic, deadline));
  SHOAL_TRYV(check_topic_settings(topic, settings));
  SHOAL_TRY(journal, state_->first_journal(topic, deadline));
  if (!journal) {
    SHOAL_TRYV(state_->write_identity(topic, type_number(request.type), deadline));
    SHOAL_TRY(first, state_->first_journal(topic, deadline));
    journal = first;
  }
  if (!journal)
    return error(ErrorCode::failed, "the journal's topic " + topic + " does not keep what is written");
  return KafkaJournalTopic{*journal, warnings_of(topic, settings, found.replicas)};
}

Result<KafkaTopicFate> KafkaAdmin::look(const std::string& type, const JournalId& journal,
                                        milliseconds timeout) {
  const AdminDeadline deadline(timeout);
  const std::string topic = state_->options.topic_prefix + type;
  SHOAL_TRY(found, state_->find(topic, deadline));
  if (found.partitions == 0) return KafkaTopicFate::gone;
  SHOAL_TRY(first, state_->first_message(topic, deadline));
  // A journal begins with its identity, at offset 0. Else a host that knew the former topic has written into
  // this one.
  const bool is_kept = first && first->head.journal == journal &&
                       (first->offset > 0 || first->head.kind == KafkaMessageKind::identity);
  return is_kept ? KafkaTopicFate::kept : KafkaTopicFate::made_anew;
}

}  // namespace shoal::journal
