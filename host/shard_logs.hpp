#pragma once
// ShardLogs: the logs of a host's durable shards, one of each lane in one directory. [control]

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "host/lane_group.hpp"
#include "journal/posix_storage.hpp"

namespace shoal::host {

class ShardLogs {
 public:
  // `owner` is drawn anew at each start of the host.
  ShardLogs(std::filesystem::path directory, std::uint64_t owner)
      : directory_(std::move(directory)), owner_(owner) {}

  // Gives a lane its logs. Requires: the lane has not been started; this outlives it.
  Result<void> give(lanes::Lane& lane);

 private:
  std::filesystem::path directory_;
  std::uint64_t owner_;
  std::unique_ptr<journal::PosixStorage> storage_;
};

// Empty where every durable shard has its log and may write to it. `topics` is what is wrong with the topics
// of logs in Kafka. Any thread.
std::string journal_trouble(const LaneGroup& lanes, const std::string& topics);

}  // namespace shoal::host
