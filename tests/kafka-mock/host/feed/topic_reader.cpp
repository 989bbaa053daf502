#include "tests/kafka-mock/host/feed/topic_reader.hpp"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <memory>
#include <span>

namespace shoal::kafka {
namespace {

constexpr int request_timeout_ms = 10'000;

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

Client make_consumer(const std::string& bootstrap_servers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const std::pair<const char*, std::string> settings[] = {{"bootstrap.servers", bootstrap_servers},
                                                          {"group.id", "topic-reader"},
                                                          {"fetch.wait.max.ms", "10"},
                                                          {"enable.partition.eof", "true"},
                                                          {"enable.auto.commit", "false"}};
  for (const auto& [key, value] : settings) {
    EXPECT_EQ(rd_kafka_conf_set(conf, key, value.c_str(), nullptr, 0), RD_KAFKA_CONF_OK) << key;
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);
  return {rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0), &rd_kafka_destroy};
}

StoredRecord stored(const rd_kafka_message_t& message) {
  StoredRecord record;
  record.partition = message.partition;
  if (message.key != nullptr) {
    record.key.emplace(static_cast<const char*>(message.key), message.key_len);
  }
  record.value.assign(static_cast<const char*>(message.payload), message.len);
  record.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  return record;
}

}  // namespace

std::vector<StoredRecord> read_topic(const std::string& bootstrap_servers, const std::string& topic,
                                     int partition_count) {
  const auto client = make_consumer(bootstrap_servers);
  std::vector<std::vector<StoredRecord>> partitions(static_cast<std::size_t>(partition_count));
  auto* list = rd_kafka_topic_partition_list_new(partition_count);
  for (int partition = 0; partition < partition_count; ++partition) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  EXPECT_EQ(rd_kafka_assign(client.get(), list), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_partition_list_destroy(list);
  for (int ended = 0; ended < partition_count;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client.get(), request_timeout_ms);
    if (message == nullptr) {
      ADD_FAILURE() << "nothing came from " << topic;
      break;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      partitions[static_cast<std::size_t>(message->partition)].push_back(stored(*message));
    } else {
      ADD_FAILURE() << rd_kafka_message_errstr(message);
      ended = partition_count;
    }
    rd_kafka_message_destroy(message);
  }
  std::vector<StoredRecord> records;
  for (const auto& partition : partitions) {
    records.insert(records.end(), partition.begin(), partition.end());
  }
  return records;
}

std::int64_t stored_count(const std::string& bootstrap_servers, const std::string& topic,
                          int partition_count) {
  const auto client = make_consumer(bootstrap_servers);
  std::int64_t count = 0;
  for (int partition = 0; partition < partition_count; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    EXPECT_EQ(rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &low, &high,
                                               request_timeout_ms),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    count += high;
  }
  return count;
}

std::vector<std::string> topic_names(const std::string& bootstrap_servers) {
  const auto client = make_consumer(bootstrap_servers);
  const rd_kafka_metadata_t* metadata = nullptr;
  EXPECT_EQ(rd_kafka_metadata(client.get(), 1, nullptr, &metadata, request_timeout_ms),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  std::vector<std::string> names;
  for (const auto& topic : std::span{metadata->topics, static_cast<std::size_t>(metadata->topic_cnt)}) {
    names.emplace_back(topic.topic);
  }
  rd_kafka_metadata_destroy(metadata);
  return names;
}

}  // namespace shoal::kafka
