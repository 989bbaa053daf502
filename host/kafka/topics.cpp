#include "host/kafka/topics.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "host/kafka/broker_error.hpp"
#include "host/kafka/handle_config.hpp"
#include "host/kafka/handles.hpp"
#include "host/kafka/topic_name.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::kafka {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t error_text_size = 512;

// A topic whose leaders are being elected answers soon; so often it is asked.
constexpr milliseconds ask_again_after{100};

// How long the first handle may take to tell the offsets of a group.
constexpr milliseconds first_handle_timeout{300};

class Deadline {
 public:
  explicit Deadline(milliseconds timeout) : end_(Clock::now() + timeout) {}
  int left_ms() const {
    const auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }
  bool passed() const { return left_ms() == 0; }

 private:
  Clock::time_point end_;
};

Error topic_error(rd_kafka_resp_err_t code, const std::string& topic, std::string_view detail = {}) {
  return broker_error(code, "topic " + topic, detail);
}

Error no_bounds(const std::string& topic) {
  return topic_error(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, topic,
                     "it does not say where its log begins or ends");
}

AdminOptionsHandle admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation,
                                 const Deadline& deadline) {
  AdminOptionsHandle options(rd_kafka_AdminOptions_new(client, operation));
  char text[error_text_size] = "";
  // Requires: at least 1 ms, otherwise librdkafka's default applies.
  rd_kafka_AdminOptions_set_request_timeout(options.get(), std::max(deadline.left_ms(), 1), text,
                                            sizeof(text));
  return options;
}

std::vector<Setting> topic_defaults(const std::string& client_id) {
  return {{"client.id", client_id}, {"reconnect.backoff.max.ms", "1000"}, {"socket.nagle.disable", "true"}};
}

PartitionListHandle list_of(std::span<const TopicPartition> partitions) {
  PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& one : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition.value);
  }
  return list;
}

}  // namespace

struct ConnectionError {
  rd_kafka_resp_err_t code;
  std::string reason;
};

struct TopicClient::State {
  config::Kafka kafka;
  std::string client_id;
  std::set<std::string> seen;  // topics that exist, as far as this client knows
  // Why the brokers could not be reached last; a request that fails says no more than that it had no answer.
  std::optional<ConnectionError> connection;
  ClientHandle client;
  QueueHandle answers;

  Error no_answer(rd_kafka_resp_err_t code, const std::string& topic);
  Result<std::uint32_t> count(const std::string& topic, const Deadline& deadline);
  Result<void> wait_until_seen(const std::string& topic, const Deadline& deadline);
  void wait_before_asking_again(const Deadline& deadline) const;
  bool has_controller(const Deadline& deadline) const;
  Result<void> create_on_first_use(const std::string& topic, const Deadline& deadline);
  Result<std::vector<std::optional<Offset>>> committed(const std::string& group,
                                                       std::span<const TopicPartition> partitions,
                                                       const Deadline& deadline) const;
  Result<std::vector<std::optional<Offset>>> committed_by_new_handle(
      const std::string& group, std::span<const TopicPartition> partitions, int timeout_ms) const;
  Result<std::vector<std::optional<Offset>>> listed(std::span<const TopicPartition> partitions,
                                                    std::span<const std::int64_t> times_ms,
                                                    const Deadline& deadline) const;
  Result<std::vector<Offset>> without_commit(const StartQuestion& question,
                                             std::span<const TopicPartition> partitions,
                                             const Deadline& deadline) const;
  Result<Watermarks> marks(const std::string& topic, Partition partition, const Deadline& deadline) const;
  Result<EventHandle> answer(const Deadline& deadline, const std::string& what) const;
};

TopicClient::TopicClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
TopicClient::~TopicClient() = default;

Result<std::unique_ptr<TopicClient>> TopicClient::create(const config::Kafka& kafka,
                                                         const std::string& client_id) {
  auto state = std::make_unique<State>();
  state->kafka = kafka;
  state->client_id = client_id;
  // A consumer's handle: a producer's creates every topic it asks for.
  const std::vector<Setting> fixed{{"allow.auto.create.topics", "false"}};
  SHOAL_TRY(conf, make_conf(ClientKind::consumer, kafka, topic_defaults(client_id), fixed));
  rd_kafka_conf_set_opaque(conf.get(), state.get());
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int code, const char* reason, void* opaque) {
    const auto known = static_cast<rd_kafka_resp_err_t>(code);
    if (known == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // it says less than the one before it
    static_cast<State*>(opaque)->connection = ConnectionError{known, reason};
  });
  SHOAL_TRY(client, make_client(ClientKind::consumer, std::move(conf)));
  state->client = std::move(client);
  state->answers.reset(rd_kafka_queue_new(state->client.get()));
  return std::unique_ptr<TopicClient>(new TopicClient(std::move(state)));
}

// A topic that was never seen is looked for among all: a request for it alone makes brokers before 0.11, and
// the mock cluster, create it. One that was seen is asked for alone, which costs the same in a cluster of any
// size.
Result<std::uint32_t> TopicClient::State::count(const std::string& topic, const Deadline& deadline) {
  for (;;) {
    TopicHandle alone;
    if (seen.contains(topic)) alone.reset(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
    const rd_kafka_metadata_t* found = nullptr;
    const auto code =
        rd_kafka_metadata(client.get(), alone ? 0 : 1, alone.get(), &found, std::max(deadline.left_ms(), 1));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(code, topic);
    static_cast<void>(rd_kafka_poll(client.get(), 0));
    connection.reset();
    const MetadataHandle metadata(found);
    const std::span topics(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt));
    const auto entry =
        std::find_if(topics.begin(), topics.end(),
                     [&topic](const rd_kafka_metadata_topic_t& one) { return one.topic == topic; });
    if (entry == topics.end() || entry->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      seen.erase(topic);
      return topic_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, topic,
                         "it does not exist, or this client may not see it");
    }
    if (entry->err == RD_KAFKA_RESP_ERR_NO_ERROR && entry->partition_cnt > 0) {
      seen.insert(topic);
      return static_cast<std::uint32_t>(entry->partition_cnt);
    }
    if (entry->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || deadline.passed()) {
      return topic_error(entry->err, topic);
    }
    wait_before_asking_again(deadline);
  }
}

// With what librdkafka has told of its connections since the last answer. Identical errors are told once in a
// while only, so that the last one is kept.
Error TopicClient::State::no_answer(rd_kafka_resp_err_t code, const std::string& topic) {
  static_cast<void>(rd_kafka_poll(client.get(), 0));
  if (!connection || error_code_of(code) != ErrorCode::unreachable) return topic_error(code, topic);
  Error unreachable = topic_error(connection->code, topic, connection->reason);
  unreachable.code = ErrorCode::unreachable;
  return unreachable;
}

// Waits without sleeping: nothing is ever written to this queue.
void TopicClient::State::wait_before_asking_again(const Deadline& deadline) const {
  const QueueHandle silent(rd_kafka_queue_new(client.get()));
  const EventHandle none(rd_kafka_queue_poll(
      silent.get(), std::min(deadline.left_ms(), static_cast<int>(ask_again_after.count()))));
}

Result<std::uint32_t> TopicClient::partition_count(const std::string& topic, milliseconds timeout) {
  SHOAL_TRYV(check_topic_name(topic));
  return state_->count(topic, Deadline(timeout));
}

Result<EventHandle> TopicClient::State::answer(const Deadline& deadline, const std::string& what) const {
  EventHandle event(rd_kafka_queue_poll(answers.get(), deadline.left_ms() + 1'000));
  if (!event) return broker_error(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return broker_error(code, what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

// Topics are created by the controller. The mock cluster names one that is none of its brokers, and
// librdkafka would wait for that one until the deadline.
bool TopicClient::State::has_controller(const Deadline& deadline) const {
  const rd_kafka_metadata_t* found = nullptr;
  const auto code = rd_kafka_metadata(client.get(), 0, nullptr, &found, std::max(deadline.left_ms(), 1));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const MetadataHandle metadata(found);
  const std::int32_t controller = rd_kafka_controllerid(client.get(), deadline.left_ms());
  const std::span brokers(metadata->brokers, static_cast<std::size_t>(metadata->broker_cnt));
  return std::any_of(brokers.begin(), brokers.end(), [controller](const rd_kafka_metadata_broker_t& broker) {
    return broker.id == controller;
  });
}

// Asks for the topic as a producer does, which creates it where the cluster allows that.
Result<void> TopicClient::State::create_on_first_use(const std::string& topic, const Deadline& deadline) {
  SHOAL_TRY(conf, make_conf(ClientKind::producer, kafka, topic_defaults(client_id), {}));
  SHOAL_TRY(producer, make_client(ClientKind::producer, std::move(conf)));
  const TopicHandle handle(rd_kafka_topic_new(producer.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* found = nullptr;
  const auto code =
      rd_kafka_metadata(producer.get(), 0, handle.get(), &found, std::max(deadline.left_ms(), 1));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return topic_error(code, topic);
  const MetadataHandle metadata(found);
  return wait_until_seen(topic, deadline);
}

// The brokers learn of a new topic a moment after it was created.
Result<void> TopicClient::State::wait_until_seen(const std::string& topic, const Deadline& deadline) {
  for (;;) {
    const auto exists = count(topic, deadline);
    if (exists) return success();
    if (exists.error().code != ErrorCode::not_found || deadline.passed()) return exists.error();
    wait_before_asking_again(deadline);
  }
}

Result<void> TopicClient::create_topic(const std::string& topic, std::uint32_t partition_count,
                                       milliseconds timeout) {
  const Deadline deadline(timeout);
  SHOAL_TRYV(check_topic_name(topic));
  const auto existing = state_->count(topic, deadline);
  if (existing) return success();
  if (existing.error().code != ErrorCode::not_found) return existing.error();
  if (!state_->has_controller(deadline)) return state_->create_on_first_use(topic, deadline);
  char text[error_text_size] = "";
  rd_kafka_NewTopic_t* made =
      rd_kafka_NewTopic_new(topic.c_str(), static_cast<int>(partition_count), -1, text, sizeof(text));
  if (made == nullptr) return error(ErrorCode::invalid_argument, "topic " + topic + ": " + text);
  const NewTopicHandle wanted(made);
  const auto options = admin_options(state_->client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline);
  rd_kafka_CreateTopics(state_->client.get(), &made, 1, options.get(), state_->answers.get());
  SHOAL_TRY(event, state_->answer(deadline, "topic " + topic + " cannot be created"));
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  SHOAL_ASSERT(result != nullptr);
  const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(topics[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* reason = rd_kafka_topic_result_error_string(topics[i]);
    return topic_error(code, topic + " cannot be created", reason == nullptr ? "" : reason);
  }
  return state_->wait_until_seen(topic, deadline);
}

// A handle that finds no coordinator looks again after a second only. In a cluster in which no group has ever
// committed, whose broker makes its topic of offsets just now, another handle is sooner.
Result<std::vector<std::optional<Offset>>> TopicClient::State::committed(
    const std::string& group, std::span<const TopicPartition> partitions, const Deadline& deadline) const {
  auto known = committed_by_new_handle(
      group, partitions, std::min(deadline.left_ms(), static_cast<int>(first_handle_timeout.count())));
  if (known || known.error().code != ErrorCode::unreachable || deadline.passed()) return known;
  return committed_by_new_handle(group, partitions, deadline.left_ms());
}

// By a consumer handle of the group, made for this one question: the admin request for a group's offsets runs
// into an assertion of librdkafka 2.0.2, which ends the process, when the broker goes away before it is sent.
Result<std::vector<std::optional<Offset>>> TopicClient::State::committed_by_new_handle(
    const std::string& group, std::span<const TopicPartition> partitions, int timeout_ms) const {
  const std::vector<Setting> fixed{{"group.id", group}, {"enable.auto.commit", "false"}};
  SHOAL_TRY(conf, make_conf(ClientKind::consumer, kafka, topic_defaults(client_id), fixed));
  SHOAL_TRY(member, make_client(ClientKind::consumer, std::move(conf)));
  const PartitionListHandle asked = list_of(partitions);
  const std::string what = "group " + group + ": its committed offsets of topic " + partitions.front().topic;
  const auto code = rd_kafka_committed(member.get(), asked.get(), std::max(timeout_ms, 1));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return broker_error(code, what);
  std::vector<std::optional<Offset>> offsets;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const rd_kafka_topic_partition_t& entry = asked->elems[i];
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return broker_error(entry.err, what);
    offsets.push_back(entry.offset >= 0 ? std::optional(Offset{entry.offset}) : std::nullopt);
  }
  return offsets;
}

// The first record of each partition of its time or later, in one request a broker; none where there is no
// such record. The times -2 and -1 mean the log's beginning and its end.
Result<std::vector<std::optional<Offset>>> TopicClient::State::listed(
    std::span<const TopicPartition> partitions, std::span<const std::int64_t> times_ms,
    const Deadline& deadline) const {
  std::vector<std::optional<Offset>> offsets;
  if (partitions.empty()) return offsets;
  const PartitionListHandle asked = list_of(partitions);
  for (std::size_t i = 0; i < partitions.size(); ++i) asked->elems[i].offset = times_ms[i];
  const auto code = rd_kafka_offsets_for_times(client.get(), asked.get(), std::max(deadline.left_ms(), 1));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return topic_error(code, partitions.front().topic);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const rd_kafka_topic_partition_t& entry = asked->elems[i];
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return topic_error(entry.err,
                         partitions[i].topic + " partition " + std::to_string(partitions[i].partition.value));
    }
    offsets.push_back(entry.offset >= 0 ? std::optional(Offset{entry.offset}) : std::nullopt);
  }
  return offsets;
}

// Not by librdkafka's query for watermarks: before 2.3 it waits longer than it is told to.
Result<Watermarks> TopicClient::State::marks(const std::string& topic, Partition partition,
                                             const Deadline& deadline) const {
  const std::array<TopicPartition, 1> one{TopicPartition{topic, partition}};
  const std::array<std::int64_t, 1> beginning{RD_KAFKA_OFFSET_BEGINNING};
  const std::array<std::int64_t, 1> end{RD_KAFKA_OFFSET_END};
  SHOAL_TRY(low, listed(one, beginning, deadline));
  SHOAL_TRY(high, listed(one, end, deadline));
  if (!low[0] || !high[0]) return no_bounds(topic);
  return Watermarks{*low[0], *high[0]};
}

Result<Watermarks> TopicClient::watermarks(const std::string& topic, Partition partition,
                                           milliseconds timeout) {
  return state_->marks(topic, partition, Deadline(timeout));
}

Result<std::vector<std::optional<Offset>>> TopicClient::first_since(const std::string& topic,
                                                                    std::span<const PartitionTime> times,
                                                                    milliseconds timeout) {
  std::vector<TopicPartition> partitions;
  std::vector<std::int64_t> times_ms;
  for (const PartitionTime& time : times) {
    partitions.push_back({topic, time.partition});
    times_ms.push_back(time.timestamp_ms);
  }
  return state_->listed(partitions, times_ms, Deadline(timeout));
}

// The end is asked for before the time is: a record that is written meanwhile is then read, not passed over.
Result<std::vector<Offset>> TopicClient::State::without_commit(const StartQuestion& question,
                                                               std::span<const TopicPartition> partitions,
                                                               const Deadline& deadline) const {
  const bool from_end = question.start == config::Start::latest || question.start == config::Start::time;
  const std::vector<std::int64_t> ends(partitions.size(),
                                       from_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING);
  SHOAL_TRY(bounds, listed(partitions, ends, deadline));
  std::vector<std::optional<Offset>> since(partitions.size());
  if (question.start == config::Start::time) {
    const std::vector<std::int64_t> times(partitions.size(), question.time_ms);
    auto found = listed(partitions, times, deadline);
    if (!found) {
      Error named = found.error();
      named.message = "offsets for the time that the source starts at: " + named.message;
      return named;
    }
    since = std::move(found).value();
  }
  std::vector<Offset> starts;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!bounds[i]) return no_bounds(partitions[i].topic);
    starts.push_back(since[i].value_or(*bounds[i]));
  }
  return starts;
}

Result<std::vector<StartOffset>> TopicClient::start_offsets(const StartQuestion& question,
                                                            milliseconds timeout) {
  const Deadline deadline(timeout);
  std::vector<StartOffset> result;
  if (question.partitions.empty()) return result;
  std::vector<std::optional<Offset>> committed(question.partitions.size());
  if (question.group) {
    SHOAL_TRY(known, state_->committed(*question.group, question.partitions, deadline));
    committed = std::move(known);
  }
  std::vector<TopicPartition> others;
  for (std::size_t i = 0; i < committed.size(); ++i) {
    const TopicPartition& one = question.partitions[i];
    const bool counts = question.start == config::Start::committed && committed[i];
    result.push_back({one.partition, committed[i], committed[i].value_or(Offset{0})});
    if (!counts) others.push_back(one);
  }
  SHOAL_TRY(starts, state_->without_commit(question, others, deadline));
  auto next = starts.begin();
  for (std::size_t i = 0; i < committed.size(); ++i) {
    const bool counts = question.start == config::Start::committed && committed[i];
    if (!counts) result[i].start = *next++;
  }
  return result;
}

Result<std::map<std::string, std::uint32_t>> TopicClient::topics(milliseconds timeout) {
  const rd_kafka_metadata_t* found = nullptr;
  const auto code =
      rd_kafka_metadata(state_->client.get(), 1, nullptr, &found, static_cast<int>(timeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return state_->no_answer(code, "names");
  state_->connection.reset();
  const MetadataHandle metadata(found);
  std::map<std::string, std::uint32_t> counts;
  for (const auto& topic : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt <= 0) continue;
    counts.emplace(topic.topic, static_cast<std::uint32_t>(topic.partition_cnt));
    state_->seen.insert(topic.topic);
  }
  return counts;
}

}  // namespace shoal::kafka
