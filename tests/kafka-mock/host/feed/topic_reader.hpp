#pragma once
// Everything a topic of the mock cluster holds, read with plain librdkafka and not with the code under test.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal::kafka {

struct StoredRecord {
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::string value;
  std::int64_t timestamp_ms = 0;
};

// Partition by partition, in the order of the offsets. Requires: the mock cluster has not dropped any of
// them.
std::vector<StoredRecord> read_topic(const std::string& bootstrap_servers, const std::string& topic,
                                     int partition_count);

// How many records have ever been stored in the topic.
std::int64_t stored_count(const std::string& bootstrap_servers, const std::string& topic,
                          int partition_count);

// The names of the cluster's topics.
std::vector<std::string> topic_names(const std::string& bootstrap_servers);

}  // namespace shoal::kafka
