// fill_topic BOOTSTRAP TOPIC RECORDS KEYS: fills a topic with records of 100 bytes, value included, over so
// many keys, with the partitioner every producer of a sharded topic uses.

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr std::size_t kRecordBytes = 100;

void set(rd_kafka_conf_t* conf, const char* key, const char* value) {
  char error[256];
  if (rd_kafka_conf_set(conf, key, value, error, sizeof error) == RD_KAFKA_CONF_OK) return;
  std::fprintf(stderr, "fill_topic: %s: %s\n", key, error);
  std::exit(1);
}

std::size_t failures = 0;
void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failures;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::fprintf(stderr, "usage: fill_topic BOOTSTRAP TOPIC RECORDS KEYS\n");
    return 2;
  }
  const std::size_t records = std::stoull(arguments[3]);
  const std::size_t keys = std::stoull(arguments[4]);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", arguments[1]);
  set(conf, "enable.idempotence", "true");
  set(conf, "partitioner", "murmur2_random");
  set(conf, "linger.ms", "20");
  set(conf, "queue.buffering.max.messages", "1000000");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char error[256];
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (producer == nullptr) {
    std::fprintf(stderr, "fill_topic: %s\n", error);
    return 1;
  }
  std::string value(kRecordBytes, 'v');
  for (std::size_t i = 0; i < records; ++i) {
    const std::string key = "key-" + std::to_string(i % keys);
    for (;;) {
      const auto failed =
          rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(arguments[2]), RD_KAFKA_V_KEY(key.data(), key.size()),
                            RD_KAFKA_V_VALUE(value.data(), kRecordBytes - key.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (failed != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        std::fprintf(stderr, "fill_topic: %s\n", rd_kafka_err2str(failed));
        return 1;
      }
      rd_kafka_poll(producer, 100);
    }
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  const bool flushed = rd_kafka_flush(producer, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_destroy(producer);
  if (flushed && failures == 0) return 0;
  std::fprintf(stderr, "fill_topic: %zu records were not acknowledged\n", failures);
  return 1;
}
