// fill_topic BOOTSTRAP TOPIC RECORDS KEYS: fills a topic with records of 100 bytes, key included, by the
// partitioner every producer of a sharded topic uses. The first KEYS records have every key once, the others
// any of them: no reader can profit from an order that comes again.

#include <cstdio>
#include <string>

#include "kafka_client.hpp"

namespace {

constexpr std::size_t kRecordBytes = 100;

std::size_t failures = 0;
void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failures;
}

// The finishing step of SplitMix64: the same numbers in every run, without an order.
std::uint64_t scattered(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::fprintf(stderr, "usage: fill_topic BOOTSTRAP TOPIC RECORDS KEYS\n");
    return 2;
  }
  const std::size_t records = std::stoull(arguments[3]);
  const std::size_t keys = std::stoull(arguments[4]);
  const auto producer = shoal::bench::make_producer(
      arguments[1], {{"linger.ms", "20"}, {"queue.buffering.max.messages", "1000000"}}, on_delivery);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer.get(), arguments[2], nullptr);
  const std::string value(kRecordBytes, 'v');
  for (std::size_t i = 0; i < records; ++i) {
    const std::string key = "key-" + std::to_string(i < keys ? i : scattered(i) % keys);
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(value.data()), kRecordBytes - key.size(), key.data(),
                            key.size(), nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        shoal::bench::fail(rd_kafka_err2str(rd_kafka_last_error()));
      }
      rd_kafka_poll(producer.get(), 100);
    }
    if (i % 1000 == 0) rd_kafka_poll(producer.get(), 0);
  }
  const bool flushed = rd_kafka_flush(producer.get(), 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_topic_destroy(topic);
  if (!flushed || failures > 0) shoal::bench::fail("fill_topic: not all records were acknowledged");
  return 0;
}
