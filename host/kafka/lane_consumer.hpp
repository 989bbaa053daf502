#pragma once
// LaneConsumer: the one consumer handle that a lane has for one source group.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/kafka/partition_reader.hpp"

namespace shoal::kafka {

// Consumes the partitions of one lane's shards. One librdkafka handle with manual assignment; a consumer
// group is named for its committed offsets only and is never joined. Threads: every call on the lane that
// owns it [lane]; librdkafka's threads write `wake_fd` and the log only. Owner: the lane. Records: views into
// librdkafka's buffers, valid from `take` to the next `release`; nothing is copied. Bounds: what librdkafka
// has fetched ahead, `queued_kbytes_max` a partition; a partition whose slot is not taken from is held, and
// its fetching stops at that bound without a loss.
class LaneConsumer final : public PartitionReader {
 public:
  struct Options {
    int wake_fd = -1;  // eventfd; 1 is added when a queue that was empty has something for take() or poll()
    bool names_group = true;                 // in its records
    std::string client_id;                   // names the handle in the log and at the broker
    std::size_t queued_kbytes_max = 65'536;  // KiB fetched ahead of each assigned partition; 1,024..2,097,151
  };

  // Does not wait for a broker. bad_config: a key of `[kafka.client]` or a value that librdkafka refuses.
  static Result<std::unique_ptr<LaneConsumer>> create(const config::Kafka& kafka, const std::string& group,
                                                      const Options& options);
  ~LaneConsumer() override;
  LaneConsumer(const LaneConsumer&) = delete;
  LaneConsumer& operator=(const LaneConsumer&) = delete;

  Result<std::vector<PartitionSlot>> assign(std::span<const PartitionStart> starts) override;
  Result<void> unassign(std::span<const PartitionSlot> slots) override;
  std::size_t take(PartitionSlot slot, std::span<shoal_record> records) override;
  void release() override;
  CommitStart commit(std::span<const CommitPosition> positions) override;
  Result<void> commit_now(std::span<const CommitPosition> positions,
                          std::chrono::milliseconds timeout) override;
  void poll(std::vector<ConsumerEvent>& events) override;
  std::optional<std::int64_t> high_watermark(PartitionSlot slot) const override;

 private:
  struct State;
  explicit LaneConsumer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::kafka
