#include "host/kafka_shard_logs.hpp"

#include <spdlog/spdlog.h>

#include <random>
#include <utility>

#include "host/kafka/client_config.hpp"
#include "journal/kafka_client.hpp"
#include "journal/kafka_log.hpp"

namespace shoal::host {

namespace {

void log_of_journal(journal::KafkaLogLevel level, const std::string& text) {
  const auto severity = level == journal::KafkaLogLevel::error     ? spdlog::level::err
                        : level == journal::KafkaLogLevel::warning ? spdlog::level::warn
                        : level == journal::KafkaLogLevel::info    ? spdlog::level::info
                                                                   : spdlog::level::debug;
  spdlog::log(severity, "{}", text);
}

}  // namespace

Result<std::unique_ptr<KafkaShardLogs>> KafkaShardLogs::create(const config::Config& config,
                                                               std::uint64_t owner) {
  kafka::KeysByKind keys = kafka::keys_by_kind(config.kafka.client);
  journal::KafkaClientOptions client;
  client.bootstrap_servers = config.kafka.bootstrap_servers;
  client.producer = std::move(keys.producer);
  client.consumer = std::move(keys.consumer);
  client.client_id = "shoal-" + config.node.name + "-journal";
  client.topic_prefix = config.journal.kafka_topic_prefix;
  client.message_timeout_ms = config.journal.kafka_timeout_ms;
  client.log = log_of_journal;
  journal::KafkaTopicKeeper::Options options;
  options.client = client;
  options.replication_factor = config.journal.kafka_replication_factor;
  SHOAL_TRY(keeper, journal::KafkaTopicKeeper::start(std::move(options)));
  return std::unique_ptr<KafkaShardLogs>(new KafkaShardLogs(std::move(client), owner, std::move(keeper)));
}

KafkaShardLogs::KafkaShardLogs(journal::KafkaClientOptions client, std::uint64_t owner,
                               std::shared_ptr<journal::KafkaTopicKeeper> keeper)
    : client_(std::move(client)), owner_(owner), keeper_(std::move(keeper)) {}

KafkaShardLogs::~KafkaShardLogs() { keeper_->stop(); }

Result<void> KafkaShardLogs::give(lanes::Lane& lane) {
  SHOAL_TRY(client, journal::KafkaClient::create(client_, lane.waker()));
  journal::KafkaLogOptions options;
  options.owner = journal::OwnerId{owner_};
  options.random = [random = std::mt19937_64(std::random_device{}())]() mutable { return random(); };
  options.journal_of = [keeper = keeper_](const std::string& type) { return keeper->journal_of(type); };
  options.wake = lane.waker();
  keeper_->add_wake(lane.waker());
  lane.use_log(std::make_unique<journal::KafkaLog>(std::move(client), std::move(options)));
  return success();
}

}  // namespace shoal::host
