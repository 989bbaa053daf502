#pragma once
// RecordSender: what lanes send records with: the host's Producer, or a sink in memory.

#include <cstdint>
#include <span>
#include <string_view>

#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"

namespace shoal::kafka {

// Tags are handed back unchanged in reports. They share one word with the lane's index.
inline constexpr std::uint64_t delivery_tag_max = (std::uint64_t{1} << 48) - 1;
inline constexpr std::uint32_t producer_lanes_max = 1u << 16;

// A topic the producer knows. Resolved once, then free of locks to use. Valid as long as its Producer.
class SinkTopic {
 public:
  SinkTopic() = default;

 private:
  friend class Producer;
  explicit SinkTopic(void* handle) : handle_(handle) {}
  void* handle_ = nullptr;
};

// What became of one record. A record is reported exactly once, unless the producer is destroyed before.
struct DeliveryReport {
  std::uint64_t tag = 0;
  bool ok = false;
  bool permanent = false;   // not ok: sending the same record again would fail again
  std::uint32_t bytes = 0;  // of key and value
  std::string_view reason;  // not ok: static text, always valid
};

enum class SendStatus {
  sent,        // queued; a report follows
  queue_full,  // nothing was taken: hold, and try again at the lane's next call of on_reports
  refused,     // this record can never be sent (too large, invalid): no report follows
  fatal,       // the producer is dead, see fatal_error(): the host must be restarted
};

struct SendResult {
  SendStatus status = SendStatus::sent;
  std::string_view reason;  // refused, fatal: static text, always valid
};

class RecordSender {
 public:
  virtual ~RecordSender() = default;

  // Queues a copy of the record; its partition is that of Kafka's default partitioner, a null key goes
  // anywhere. `timestamp_ms` -1: the time of the call. Never waits. [any-thread] Requires: `lane` <
  // lane_count, `tag` ≤ delivery_tag_max, `topic` of this producer.
  virtual SendResult send(LaneIndex lane, std::uint64_t tag, SinkTopic topic, shoal_bytes key,
                          shoal_bytes value, std::span<const shoal_header> headers,
                          std::int64_t timestamp_ms) = 0;
};

}  // namespace shoal::kafka
