// raw_transform BOOTSTRAP FROM TO PARTITIONS RECORDS FIRST: the floor of kafka_transform. One thread takes
// records and produces each of them again under its key, with the host's allocator and settings; no entity,
// no commit. Prints records a second by their acknowledgements, from number FIRST to the last.

#include <chrono>
#include <cstdio>
#include <string>

#include "kafka_client.hpp"
#include "record_wait.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};

struct Acknowledged {
  std::size_t first = 0;
  std::size_t count = 0;
  Clock::time_point begin;
  Clock::time_point last;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* state) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) shoal::bench::fail(rd_kafka_err2str(message->err));
  auto& acknowledged = *static_cast<Acknowledged*>(state);
  ++acknowledged.count;
  if (acknowledged.count == acknowledged.first) acknowledged.begin = Clock::now();
}

void produce(rd_kafka_t* producer, rd_kafka_topic_t* topic, const rd_kafka_message_t& record) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, record.payload, record.len,
                          record.key, record.key_len, nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      shoal::bench::fail(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(producer, 10);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 7) {
    std::fprintf(stderr, "usage: raw_transform BOOTSTRAP FROM TO PARTITIONS RECORDS FIRST\n");
    return 2;
  }
  const std::size_t wanted = std::stoull(arguments[5]);
  Acknowledged acknowledged;
  acknowledged.first = std::stoull(arguments[6]);
  const auto producer = shoal::bench::make_producer(arguments[1], {}, on_delivery, &acknowledged);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer.get(), arguments[3], nullptr);
  shoal::bench::Consumer consumer(arguments[1], arguments[2], std::stoi(arguments[4]), 0);
  const shoal::bench::RecordWait wait(consumer.queue());
  std::size_t taken = 0;
  auto last = Clock::now();
  while (acknowledged.count < wanted) {
    const std::size_t before = acknowledged.count;
    const std::size_t count = taken == wanted ? 0 : consumer.take([&](const rd_kafka_message_t& record) {
      if (taken == wanted) return;
      produce(producer.get(), topic, record);
      ++taken;
    });
    rd_kafka_poll(producer.get(), taken == wanted ? 100 : 0);
    if (count > 0 || acknowledged.count > before) {
      last = Clock::now();
    } else if (Clock::now() - last > kPatience) {
      shoal::bench::fail("raw_transform: nothing goes on");
    } else if (taken < wanted) {
      wait.sleep(1);
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - acknowledged.begin).count();
  std::printf("%.0f\n", static_cast<double>(wanted - acknowledged.first) / seconds);
  rd_kafka_topic_destroy(topic);
  return 0;
}
