// raw_consumer BOOTSTRAP TOPIC PARTITIONS RECORDS: the floor of the Kafka rows. One thread takes the records
// of a topic from librdkafka in batches and touches key and payload, with the host's allocator and fetch
// settings; no entity, no commit. Prints records a second from the first record to the last.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kBatch = 1'000;
constexpr int kPatienceMs = 30'000;

void set(rd_kafka_conf_t* conf, const char* key, const char* value) {
  char error[256];
  if (rd_kafka_conf_set(conf, key, value, error, sizeof error) == RD_KAFKA_CONF_OK) return;
  std::fprintf(stderr, "raw_consumer: %s: %s\n", key, error);
  std::exit(1);
}

// One read a cache line, so that what was fetched is really there.
std::uint64_t touch(const void* data, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < size; at += 64) sum += static_cast<const unsigned char*>(data)[at];
  return sum;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::fprintf(stderr, "usage: raw_consumer BOOTSTRAP TOPIC PARTITIONS RECORDS\n");
    return 2;
  }
  const int partitions = std::stoi(arguments[3]);
  const std::size_t wanted = std::stoull(arguments[4]);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", arguments[1]);
  set(conf, "group.id", "raw");
  set(conf, "enable.auto.commit", "false");
  set(conf, "enable.auto.offset.store", "false");
  set(conf, "check.crcs", "true");
  set(conf, "queued.min.messages", "1000000");
  char error[256];
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (consumer == nullptr) {
    std::fprintf(stderr, "raw_consumer: %s\n", error);
    return 1;
  }
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* assigned = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i)
    rd_kafka_topic_partition_list_add(assigned, arguments[2], i)->offset = 0;
  rd_kafka_assign(consumer, assigned);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);

  std::vector<rd_kafka_message_t*> batch(kBatch);
  std::uint64_t sum = 0;
  std::size_t taken = 0;
  std::chrono::steady_clock::time_point first;
  auto last = std::chrono::steady_clock::now();
  while (taken < wanted) {
    // A timeout above 0 would wait for a full batch.
    const ssize_t count = rd_kafka_consume_batch_queue(queue, taken == 0 ? 10 : 1, batch.data(), kBatch);
    const auto now = std::chrono::steady_clock::now();
    if (count <= 0) {
      if (now - last > std::chrono::milliseconds(kPatienceMs)) return 1;
      continue;
    }
    if (taken == 0) first = now;
    last = now;
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch[static_cast<std::size_t>(i)];
      sum += touch(message->key, message->key_len) + touch(message->payload, message->len);
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++taken;
      rd_kafka_message_destroy(message);
    }
  }
  const double seconds = std::chrono::duration<double>(last - first).count();
  std::printf("%.0f\n", static_cast<double>(taken) / seconds);
  // The sum is used, so that no read is left out.
  return sum == 1 ? 3 : 0;
}
