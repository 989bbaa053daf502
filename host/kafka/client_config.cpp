#include "host/kafka/client_config.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "host/kafka/handle_config.hpp"

namespace shoal::kafka {

namespace {

// What is refused whatever its value.
struct RefusedKey {
  std::string_view key;
  std::string_view reason;
};

constexpr std::string_view set_by_sources = "the host sets it from [[sources]] and [kafka]";
constexpr std::string_view loses_emits =
    "emits would be given up; the host keeps a record until it is acknowledged";
constexpr std::string_view assigns_itself = "the host assigns partitions itself and joins no group";
constexpr std::string_view breaks_alignment =
    "keys and shards use Kafka's murmur2; another hash breaks their alignment";
constexpr std::string_view commits_itself = "the host commits what has finished, and nothing else";

constexpr RefusedKey refused_keys[] = {
    {"bootstrap.servers", "give kafka.bootstrap_servers instead"},
    {"metadata.broker.list", "give kafka.bootstrap_servers instead"},
    {"group.id", set_by_sources},
    {"group.instance.id", assigns_itself},
    {"group.protocol", assigns_itself},
    {"group.remote.assignor", assigns_itself},
    {"partition.assignment.strategy", assigns_itself},
    {"session.timeout.ms", assigns_itself},
    {"heartbeat.interval.ms", assigns_itself},
    {"max.poll.interval.ms", assigns_itself},
    {"partitioner", breaks_alignment},
    {"sticky.partitioning.linger.ms", "null keys are spread by the host's partitioner"},
    {"enable.auto.commit", commits_itself},
    {"auto.commit.enable", commits_itself},
    {"enable.auto.offset.store", commits_itself},
    {"offset.store.method", commits_itself},
    {"offset.store.path", commits_itself},
    {"auto.offset.reset",
     "an offset that is gone stops the partition by name; set `start` of the source instead"},
    {"enable.partition.eof", "the host does not ask for end-of-partition events"},
    {"allow.auto.create.topics", "the host decides which topics it may create"},
    {"transactional.id", "the producer of a host is idempotent and not transactional"},
    {"message.timeout.ms", loses_emits},
    {"delivery.timeout.ms", loses_emits},
    {"message.send.max.retries", loses_emits},
    {"retries", loses_emits},
    {"delivery.report.only.error", "every record needs its report"},
    {"queuing.strategy", "records of a partition must stay in order"},
    {"log.queue", "the host takes librdkafka's log lines itself"},
    {"enabled_events", "the host chooses the events it serves"},
    {"test.mock.num.brokers", "it replaces the cluster; use `shoal dev kafka`"},
};

// What must have one of these values.
struct FixedKey {
  std::string_view key;
  std::span<const std::string_view> values;
  std::string_view reason;
};

constexpr std::string_view true_values[] = {"true", "t", "1"};
constexpr std::string_view all_values[] = {"all", "-1"};

constexpr FixedKey fixed_keys[] = {
    {"enable.idempotence", true_values, "a retry would write a record twice or out of order"},
    {"acks", all_values, "an acknowledged record could be lost with one broker"},
    {"request.required.acks", all_values, "an acknowledged record could be lost with one broker"},
    {"check.crcs", true_values, "corrupted records would be taken as they are"},
};

// What must lie within bounds that are narrower than librdkafka's.
struct BoundedKey {
  std::string_view key;
  std::int64_t min;
  std::int64_t max;
  std::string_view reason;
};

constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view keeps_order =
    "more than 5 requests in flight break the order of an idempotent producer";

constexpr BoundedKey bounded_keys[] = {
    {"max.in.flight", 1, 5, keeps_order},
    {"max.in.flight.requests.per.connection", 1, 5, keeps_order},
    {"queued.min.messages", 1'000'000, unbounded,
     "a full local queue stops fetching for up to 1 s; bound it in KiB"},
    {"queued.max.messages.kbytes", 1'024, unbounded, "a full local queue stops fetching for up to 1 s"},
    {"queue.buffering.max.messages", 10'000, unbounded, "a small queue holds every lane for each round trip"},
    {"queue.buffering.max.kbytes", 1'024, unbounded, "a small queue holds every lane for each round trip"},
};

Error refusal(std::string_view key, std::string_view reason) {
  return error(ErrorCode::bad_config,
               "kafka.client: key \"" + std::string(key) + "\" is refused: " + std::string(reason));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return result;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<void> check_one(const std::string& key, const std::string& value) {
  for (const RefusedKey& refused : refused_keys) {
    if (key == refused.key) return refusal(key, refused.reason);
  }
  for (const FixedKey& fixed : fixed_keys) {
    if (key != fixed.key) continue;
    if (std::find(fixed.values.begin(), fixed.values.end(), lower(value)) == fixed.values.end()) {
      return refusal(key, std::string("it must be ") + std::string(fixed.values.front()) + ", otherwise " +
                              std::string(fixed.reason));
    }
  }
  for (const BoundedKey& bounded : bounded_keys) {
    if (key != bounded.key) continue;
    const auto number = to_number(value);
    if (number && (*number < bounded.min || *number > bounded.max)) {
      const std::string bound = *number < bounded.min ? "at least " + std::to_string(bounded.min)
                                                      : "at most " + std::to_string(bounded.max);
      return refusal(key, "it must be " + bound + ": " + std::string(bounded.reason));
    }
  }
  return success();
}

}  // namespace

Result<void> check_client_keys(const std::map<std::string, std::string>& client) {
  const ConfHandle conf(rd_kafka_conf_new());
  for (const auto& [key, value] : client) {
    SHOAL_TRYV(check_one(key, value));
    SHOAL_TRYV(set_key(conf.get(), key, value));
  }
  return success();
}

KeysByKind keys_by_kind(const std::map<std::string, std::string>& client) {
  const KeyScopes scopes;
  KeysByKind keys;
  for (const auto& [key, value] : client) {
    const KeyScope scope = scopes.scope_of(key);
    if (scope != KeyScope::consumer) keys.producer.emplace_back(key, value);
    if (scope != KeyScope::producer) keys.consumer.emplace_back(key, value);
  }
  return keys;
}

}  // namespace shoal::kafka
