// paced_producer BOOTSTRAP TOPIC RATE MILLISECONDS KEYS: sends records of 100 bytes at a rate, each with the
// steady clock's time at which it was handed to librdkafka.

#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "kafka_client.hpp"
#include "latency.hpp"

namespace {

constexpr std::size_t kRecordBytes = 100;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) shoal::bench::fail(rd_kafka_err2str(message->err));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 6) {
    std::fprintf(stderr, "usage: paced_producer BOOTSTRAP TOPIC RATE MILLISECONDS KEYS\n");
    return 2;
  }
  const double rate = std::stod(arguments[3]);
  const std::int64_t end_ns = shoal::bench::steady_ns() + std::stoll(arguments[4]) * 1'000'000;
  const std::size_t keys = std::stoull(arguments[5]);
  // A record waits for others at most 1 ms, so that the host's time is not hidden behind the producer's.
  const auto producer = shoal::bench::make_producer(arguments[1], {{"linger.ms", "1"}}, on_delivery);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer.get(), arguments[2], nullptr);
  std::string value(kRecordBytes, 'v');
  const std::int64_t begin_ns = shoal::bench::steady_ns();
  std::size_t sent = 0;
  for (std::int64_t now = begin_ns; now < end_ns; now = shoal::bench::steady_ns()) {
    const auto due = static_cast<std::size_t>(static_cast<double>(now - begin_ns) * rate / 1e9);
    for (; sent < due; ++sent) {
      const std::string key = "key-" + std::to_string(sent % keys);
      const std::int64_t at = shoal::bench::steady_ns();
      std::memcpy(value.data(), &at, sizeof at);
      if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value.data(),
                           kRecordBytes - key.size(), key.data(), key.size(), nullptr) != 0) {
        shoal::bench::fail("paced_producer: the rate is more than the broker takes");
      }
    }
    rd_kafka_poll(producer.get(), 1);
  }
  const bool flushed = rd_kafka_flush(producer.get(), 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_topic_destroy(topic);
  if (!flushed) shoal::bench::fail("paced_producer: not all records were acknowledged");
  return 0;
}
