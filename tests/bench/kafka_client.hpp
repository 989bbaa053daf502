#pragma once
// librdkafka handles of the bench programs, with the settings the host gives its own, so that a floor differs
// from the host in nothing but the host. A program's first failure ends it.

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::bench {

using Settings = std::initializer_list<std::pair<const char*, const char*>>;

[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;

inline void set(rd_kafka_conf_t* conf, const char* key, const char* value) {
  char error[256];
  if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK) fail(error);
}

inline Client make(rd_kafka_type_t type, rd_kafka_conf_t* conf, const char* bootstrap) {
  char error[256];
  set(conf, "bootstrap.servers", bootstrap);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) fail(error);
  return Client(client);
}

// As host/kafka/producer.cpp makes its producer. `more` comes last.
inline Client make_producer(const char* bootstrap, Settings more,
                            void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*),
                            void* state = nullptr) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : Settings{{"linger.ms", "5"},
                                           {"queue.buffering.max.messages", "500000"},
                                           {"queue.buffering.max.kbytes", "262144"},
                                           {"socket.nagle.disable", "true"},
                                           {"enable.idempotence", "true"},
                                           {"acks", "all"},
                                           {"partitioner", "murmur2_random"},
                                           {"message.timeout.ms", "0"}}) {
    set(conf, key, value);
  }
  for (const auto& [key, value] : more) set(conf, key, value);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, state);
  return make(RD_KAFKA_PRODUCER, conf, bootstrap);
}

// All partitions of a topic in one queue, as host/kafka/lane_consumer.cpp fetches them.
class Consumer {
 public:
  Consumer(const char* bootstrap, const char* topic, int partitions, std::int64_t start) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [key, value] : Settings{{"group.id", "raw"},
                                             {"queued.min.messages", "1000000"},
                                             {"queued.max.messages.kbytes", "65536"},
                                             {"fetch.wait.max.ms", "50"},
                                             {"fetch.error.backoff.ms", "100"},
                                             {"socket.nagle.disable", "true"},
                                             {"enable.auto.commit", "false"},
                                             {"enable.auto.offset.store", "false"},
                                             {"auto.offset.reset", "error"},
                                             {"check.crcs", "true"}}) {
      set(conf, key, value);
    }
    client_ = make(RD_KAFKA_CONSUMER, conf, bootstrap);
    rd_kafka_poll_set_consumer(client_.get());
    rd_kafka_topic_partition_list_t* assigned = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; ++i)
      rd_kafka_topic_partition_list_add(assigned, topic, i)->offset = start;
    rd_kafka_assign(client_.get(), assigned);
    rd_kafka_topic_partition_list_destroy(assigned);
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  }

  // Calls `visit` for each record that is there; how many. Never waits.
  template <class Visit>
  std::size_t take(Visit&& visit) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), batch_.size());
    std::size_t records = 0;
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch_[static_cast<std::size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        visit(*message);
        ++records;
      }
      rd_kafka_message_destroy(message);
    }
    return records;
  }

  rd_kafka_queue_t* queue() const { return queue_.get(); }

 private:
  struct DestroyQueue {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  };

  Client client_;
  std::unique_ptr<rd_kafka_queue_t, DestroyQueue> queue_;
  std::vector<rd_kafka_message_t*> batch_ = std::vector<rd_kafka_message_t*>(512);
};

}  // namespace shoal::bench
