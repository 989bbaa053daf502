#pragma once
// KafkaClientOptions: how the Kafka log reaches its brokers.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::journal {

enum class KafkaLogLevel : std::uint8_t { debug, info, warning, error };

// librdkafka's own keys and values.
using KafkaKeys = std::vector<std::pair<std::string, std::string>>;

struct KafkaClientOptions {
  std::string bootstrap_servers;
  // What the operator sets; what the log's safety rests on is set after it.
  KafkaKeys producer;
  KafkaKeys consumer;
  std::string client_id;
  std::string topic_prefix;
  // A message that is not acknowledged by then is given up, and with it the epoch.
  std::uint32_t message_timeout_ms = 30'000;
  std::function<void(KafkaLogLevel, const std::string&)> log;  // [any-thread]
};

}  // namespace shoal::journal
