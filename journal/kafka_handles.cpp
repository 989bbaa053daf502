#include "journal/kafka_handles.hpp"

#include <array>
#include <initializer_list>

namespace shoal::journal {
namespace {

constexpr int syslog_error = 3;
constexpr int syslog_warning = 4;
constexpr int syslog_info = 6;

void log_of_kafka(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const auto* options = static_cast<const KafkaClientOptions*>(rd_kafka_opaque(client));
  const KafkaLogLevel severity = level <= syslog_error     ? KafkaLogLevel::error
                                 : level <= syslog_warning ? KafkaLogLevel::warning
                                 : level <= syslog_info    ? KafkaLogLevel::info
                                                           : KafkaLogLevel::debug;
  options->log(severity, std::string("journal: kafka ") + facility + ": " + text);
}

using Keys = std::initializer_list<std::pair<const char*, std::string>>;

Result<void> set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK)
    return success();
  // librdkafka's words may hold the value, which may be a secret.
  return error(ErrorCode::bad_config,
               "journal: librdkafka refuses its key \"" + key + "\" or the value: correct [kafka.client]");
}

Result<KafkaHandle> make(rd_kafka_type_t type, const KafkaClientOptions& options, const Keys& defaults,
                         const KafkaKeys& given, const Keys& fixed) {
  KafkaConfHandle conf(rd_kafka_conf_new());
  for (const auto& [key, value] : defaults) SHOAL_TRYV(set(conf.get(), key, value));
  for (const auto& [key, value] : given) SHOAL_TRYV(set(conf.get(), key, value));
  for (const auto& [key, value] : fixed) SHOAL_TRYV(set(conf.get(), key, value));
  SHOAL_TRYV(set(conf.get(), "bootstrap.servers", options.bootstrap_servers));
  rd_kafka_conf_set_opaque(conf.get(), const_cast<KafkaClientOptions*>(&options));
  rd_kafka_conf_set_log_cb(conf.get(), log_of_kafka);
  if (type == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
  std::array<char, 512> text{};
  KafkaHandle client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (!client) {
    return error(ErrorCode::bad_config, "journal: librdkafka refuses the configuration: " +
                                            std::string(text.data()) + "; correct [kafka.client]");
  }
  static_cast<void>(conf.release());  // the client owns it from here
  return client;
}

}  // namespace

Result<KafkaHandle> make_kafka_producer(const KafkaClientOptions& options) {
  return make(RD_KAFKA_PRODUCER, options,
              {{"client.id", options.client_id},
               {"linger.ms", "0"},  // the lane has put a batch into each message
               {"socket.nagle.disable", "true"},
               {"socket.timeout.ms", "10000"},
               {"reconnect.backoff.max.ms", "1000"}},
              options.producer,
              {{"enable.idempotence", "true"},
               {"acks", "all"},
               {"message.timeout.ms", std::to_string(options.message_timeout_ms)},
               {"message.max.bytes", "1114112"},    // the record limit and a head
               {"statistics.interval.ms", "1000"},  // a clock: whether something waits for too long
               {"queue.buffering.max.messages", "100000"},
               {"queue.buffering.max.kbytes", "65536"}});
}

Result<KafkaHandle> make_kafka_consumer(const KafkaClientOptions& options) {
  return make(RD_KAFKA_CONSUMER, options,
              {{"client.id", options.client_id},
               {"socket.nagle.disable", "true"},
               {"socket.timeout.ms", "10000"},
               {"fetch.error.backoff.ms", "100"},
               {"reconnect.backoff.max.ms", "1000"}},
              options.consumer,
              {{"fetch.wait.max.ms", "10"},  // so long it takes to see that the end is the end
               {"queued.min.messages", "1000000"},
               {"queued.max.messages.kbytes", "4096"},
               {"enable.auto.commit", "false"},
               {"enable.partition.eof", "true"},
               {"auto.offset.reset", "earliest"},  // the log sees that it is another place
               {"allow.auto.create.topics", "false"},
               {"isolation.level", "read_uncommitted"},
               {"check.crcs", "true"}});
}

}  // namespace shoal::journal
