#pragma once
// Producer: the one idempotent producer of a host.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "host/config/config.hpp"
#include "host/kafka/record_sender.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

// Sends records with acks=all and without duplicates of librdkafka's own making; it never gives a record up
// for time. Owner: the host. Threads: as said at each call; reports come on a thread of the producer's own.
// Bounds: `queue_records_max` and `queue_kbytes_max` over all sinks; "full" is SendStatus::queue_full.
class Producer final : public RecordSender {
 public:
  // Called on the producer's thread with the reports of one lane, in batches; it must not block and must not
  // call the producer, except send(). An empty span tells a lane that was answered queue_full to try again:
  // within 50 ms, also where all the room was taken by other lanes.
  using OnReports = std::function<void(LaneIndex, std::span<const DeliveryReport>)>;

  struct Options {
    OnReports on_reports;
    std::uint32_t lane_count = 1;  // LaneIndex 0..lane_count - 1 may send
    std::string client_id;
    std::uint32_t queue_records_max = 500'000;
    std::uint32_t queue_kbytes_max = 262'144;
  };

  // Does not wait for a broker. bad_config: a key of `[kafka.client]` or a value that librdkafka refuses.
  static Result<std::unique_ptr<Producer>> create(const config::Kafka& kafka, Options options);
  // Ends the reports. What is not acknowledged by then may or may not arrive: flush() first.
  ~Producer() override;
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Takes a lock: do it once a sink, not once a record. Does not ask the broker whether the topic exists.
  // invalid_argument: no broker would take the name. [any-thread]
  Result<SinkTopic> resolve(const std::string& topic);

  SendResult send(LaneIndex lane, std::uint64_t tag, SinkTopic topic, shoal_bytes key, shoal_bytes value,
                  std::span<const shoal_header> headers, std::int64_t timestamp_ms) override;

  // Sends all that is queued and waits until it is reported. deadline: how many records are left. [control]
  Result<void> flush(std::chrono::milliseconds timeout);

  // Records queued or in flight, not reported yet; a few events of librdkafka's own may be counted in.
  // [any-thread]
  std::size_t queue_depth() const;

  // Why the producer can send nothing any more, by librdkafka's name of the error. [any-thread]
  std::optional<Error> fatal_error() const;

 private:
  struct State;
  explicit Producer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::kafka
