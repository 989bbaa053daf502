#include "host/kafka/producer.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "host/kafka/broker_error.hpp"
#include "host/kafka/handle_config.hpp"
#include "host/kafka/handles.hpp"
#include "host/kafka/topic_name.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::kafka {

namespace {

// The longest time until a lane that was answered queue_full is told to try again.
constexpr int report_wait_ms = 50;
constexpr std::size_t reports_at_once = 1'024;
constexpr unsigned tag_bits = 48;

void* pack(LaneIndex lane, std::uint64_t tag) {
  return reinterpret_cast<void*>((std::uint64_t{lane.value} << tag_bits) | tag);
}

LaneIndex lane_of(const void* opaque) {
  return LaneIndex{static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(opaque) >> tag_bits)};
}

std::uint64_t tag_of(const void* opaque) {
  return reinterpret_cast<std::uint64_t>(opaque) & delivery_tag_max;
}

bool is_permanent(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return true;
    default:
      return false;
  }
}

// librdkafka does not divide a batch that a broker finds too large: it is refused with all its records.
const char* reason_of(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return rd_kafka_err2str(code);
  return "Broker: Message size too large: the record, or the batch it was in, is larger than the topic's "
         "max.message.bytes; raise that, or for small records set batch.size in [kafka.client] below it";
}

std::vector<Setting> producer_defaults(const Producer::Options& options) {
  return {
      {"client.id", options.client_id},
      {"linger.ms", "5"},
      {"queue.buffering.max.messages", std::to_string(options.queue_records_max)},
      {"queue.buffering.max.kbytes", std::to_string(options.queue_kbytes_max)},
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.nagle.disable", "true"},
  };
}

std::vector<Setting> producer_fixed() {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"partitioner", "murmur2_random"},
      {"message.timeout.ms", "0"},
  };
}

}  // namespace

struct Producer::State {
  // Order of destruction: what borrows from the client goes first.
  ClientHandle client;
  QueueHandle reports;
  Options options;
  std::mutex topics_mutex;
  std::map<std::string, TopicHandle> topics;
  std::vector<std::atomic<bool>> waiting;            // lanes that were answered queue_full
  std::vector<std::vector<DeliveryReport>> by_lane;  // of the reporting thread, reused
  mutable std::mutex fatal_mutex;
  std::optional<Error> fatal;
  std::atomic<bool> stopping = false;
  std::thread reporting;

  explicit State(Options given)
      : options(std::move(given)), waiting(options.lane_count), by_lane(options.lane_count) {}

  ~State() {
    if (!reporting.joinable()) return;
    stopping = true;
    rd_kafka_queue_yield(reports.get());
    reporting.join();
    // Nobody is left to wait for what is still queued.
    static_cast<void>(rd_kafka_purge(
        client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING));
  }

  void run() {
    while (!stopping) {
      const EventHandle event(rd_kafka_queue_poll(reports.get(), report_wait_ms));
      if (event) {
        switch (rd_kafka_event_type(event.get())) {
          case RD_KAFKA_EVENT_DR:
            report(event.get());
            break;
          case RD_KAFKA_EVENT_ERROR:
            note_error(event.get());
            break;
          default:
            break;
        }
      }
      wake_waiting();
    }
  }

  void report(rd_kafka_event_t* event) {
    std::array<const rd_kafka_message_t*, reports_at_once> messages{};
    while (const std::size_t count = rd_kafka_event_message_array(event, messages.data(), messages.size())) {
      for (std::size_t i = 0; i < count; ++i) {
        const rd_kafka_message_t& message = *messages[i];
        DeliveryReport one;
        one.tag = tag_of(message._private);
        one.bytes = static_cast<std::uint32_t>(message.key_len + message.len);
        one.ok = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (!one.ok) {
          one.permanent = is_permanent(message.err);
          one.reason = reason_of(message.err);
        }
        by_lane[lane_of(message._private).value].push_back(one);
      }
    }
    for (std::uint32_t lane = 0; lane < options.lane_count; ++lane) {
      if (by_lane[lane].empty()) continue;
      waiting[lane] = false;  // before the call: the lane may be answered queue_full again during it
      options.on_reports(LaneIndex{lane}, by_lane[lane]);
      by_lane[lane].clear();
    }
  }

  void wake_waiting() {
    for (std::uint32_t lane = 0; lane < options.lane_count; ++lane) {
      if (waiting[lane].exchange(false)) options.on_reports(LaneIndex{lane}, {});
    }
  }

  void note_error(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT) return;  // in librdkafka's own log line already
    char text[512] = "";
    // The event has the error that was fatal, not a code for "fatal".
    const auto cause = rd_kafka_fatal_error(client.get(), text, sizeof(text));
    if (cause == RD_KAFKA_RESP_ERR_NO_ERROR) {
      spdlog::warn("kafka client {}: {} ({})", rd_kafka_name(client.get()),
                   rd_kafka_event_error_string(event), rd_kafka_err2name(code));
      return;
    }
    const std::lock_guard lock(fatal_mutex);
    if (fatal) return;
    Error failure = broker_error(cause, "kafka producer stopped for good", text);
    failure.message += "; restart the host";
    spdlog::error("{}", failure.message);
    fatal = std::move(failure);
  }
};

Producer::Producer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::create(const config::Kafka& kafka, Options options) {
  SHOAL_ASSERT(options.on_reports && options.lane_count > 0 && options.lane_count <= producer_lanes_max);
  auto state = std::make_unique<State>(std::move(options));
  SHOAL_TRY(conf,
            make_conf(ClientKind::producer, kafka, producer_defaults(state->options), producer_fixed()));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  SHOAL_TRY(client, make_client(ClientKind::producer, std::move(conf)));
  state->client = std::move(client);
  state->reports.reset(rd_kafka_queue_get_main(state->client.get()));
  SHOAL_ASSERT(state->reports);
  state->reporting = std::thread([borrowed = state.get()] { borrowed->run(); });
  return std::unique_ptr<Producer>(new Producer(std::move(state)));
}

Result<SinkTopic> Producer::resolve(const std::string& topic) {
  SHOAL_TRYV(check_topic_name(topic));
  const std::lock_guard lock(state_->topics_mutex);
  TopicHandle& handle = state_->topics[topic];
  if (!handle) handle.reset(rd_kafka_topic_new(state_->client.get(), topic.c_str(), nullptr));
  SHOAL_ASSERT(handle);  // librdkafka refuses names only
  return SinkTopic{handle.get()};
}

SendResult Producer::send(LaneIndex lane, std::uint64_t tag, SinkTopic topic, shoal_bytes key,
                          shoal_bytes value, std::span<const shoal_header> headers,
                          std::int64_t timestamp_ms) {
  SHOAL_ASSERT(lane.value < state_->options.lane_count && tag <= delivery_tag_max &&
               topic.handle_ != nullptr);
  HeadersHandle copied;
  if (!headers.empty()) {
    copied.reset(rd_kafka_headers_new(headers.size()));
    for (const shoal_header& header : headers) {
      const std::string_view name = to_view(header.name);
      rd_kafka_header_add(copied.get(), name.data(), static_cast<ssize_t>(name.size()), header.value.data,
                          static_cast<ssize_t>(header.value.size));
    }
  }
  // librdkafka takes the headers where it takes the record, and leaves them where it does not.
  const auto code = rd_kafka_producev(
      state_->client.get(), RD_KAFKA_VTYPE_RKT, static_cast<rd_kafka_topic_t*>(topic.handle_),
      RD_KAFKA_VTYPE_PARTITION, static_cast<int>(RD_KAFKA_PARTITION_UA), RD_KAFKA_VTYPE_MSGFLAGS,
      static_cast<int>(RD_KAFKA_MSG_F_COPY), RD_KAFKA_VTYPE_KEY, key.data, static_cast<std::size_t>(key.size),
      RD_KAFKA_VTYPE_VALUE, value.data, static_cast<std::size_t>(value.size), RD_KAFKA_VTYPE_TIMESTAMP,
      timestamp_ms < 0 ? std::int64_t{0} : timestamp_ms, RD_KAFKA_VTYPE_OPAQUE, pack(lane, tag),
      copied ? RD_KAFKA_VTYPE_HEADERS : RD_KAFKA_VTYPE_END, copied.get(), RD_KAFKA_VTYPE_END);
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      static_cast<void>(copied.release());
      return {SendStatus::sent, {}};
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      state_->waiting[lane.value] = true;
      return {SendStatus::queue_full, {}};
    case RD_KAFKA_RESP_ERR__FATAL:
      return {SendStatus::fatal, rd_kafka_err2str(code)};
    default:
      return {SendStatus::refused, rd_kafka_err2str(code)};
  }
}

Result<void> Producer::flush(std::chrono::milliseconds timeout) {
  const auto code = rd_kafka_flush(state_->client.get(), static_cast<int>(timeout.count()));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return success();
  return error(ErrorCode::deadline, "kafka producer: " + std::to_string(queue_depth()) +
                                        " records are not acknowledged after " +
                                        std::to_string(timeout.count()) + " ms; check that the brokers run");
}

std::size_t Producer::queue_depth() const {
  return static_cast<std::size_t>(rd_kafka_outq_len(state_->client.get()));
}

std::optional<Error> Producer::fatal_error() const {
  const std::lock_guard lock(state_->fatal_mutex);
  return state_->fatal;
}

}  // namespace shoal::kafka
