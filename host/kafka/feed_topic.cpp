#include "host/kafka/feed_topic.hpp"

#include <span>
#include <string_view>
#include <vector>

#include "host/kafka/broker_error.hpp"
#include "host/kafka/handle_config.hpp"
#include "host/kafka/handles.hpp"

namespace shoal::kafka {
namespace {

constexpr int all_topics = 1;

Error no_such_topic(const config::Kafka& kafka, const std::string& topic) {
  return error(ErrorCode::not_found,
               "there is no topic \"" + topic + "\" at " + kafka.bootstrap_servers +
                   "; nothing was sent. Create it: kafka-topics.sh --bootstrap-server " +
                   kafka.bootstrap_servers + " --create --topic " + topic + " --partitions 8");
}

Error no_answer(const config::Kafka& kafka, rd_kafka_resp_err_t code) {
  if (error_code_of(code) != ErrorCode::unreachable) {
    return broker_error(code, "asking " + kafka.bootstrap_servers + " for its topics");
  }
  return error(ErrorCode::unreachable, "no Kafka broker answers at " + kafka.bootstrap_servers +
                                           ": is it running, and is the address right? (" +
                                           rd_kafka_err2str(code) + ")");
}

}  // namespace

Result<void> check_feed_topic(const config::Kafka& kafka, const std::string& topic,
                              std::chrono::milliseconds timeout) {
  const std::vector<Setting> defaults{{"client.id", "shoal-feed"}};
  const std::vector<Setting> fixed;
  SHOAL_TRY(conf, make_conf(ClientKind::consumer, kafka, defaults, fixed));
  SHOAL_TRY(client, make_client(ClientKind::consumer, std::move(conf)));
  const rd_kafka_metadata_t* answer = nullptr;
  const auto code =
      rd_kafka_metadata(client.get(), all_topics, nullptr, &answer, static_cast<int>(timeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer(kafka, code);
  }
  const MetadataHandle metadata{answer};
  for (const auto& listed : std::span{metadata->topics, static_cast<std::size_t>(metadata->topic_cnt)}) {
    if (listed.topic == topic && listed.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      break;
    }
    if (listed.topic == topic) {
      return success();
    }
  }
  return no_such_topic(kafka, topic);
}

}  // namespace shoal::kafka
