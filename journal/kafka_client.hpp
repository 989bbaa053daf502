#pragma once
// KafkaClient: librdkafka behind KafkaTopics, for one lane: an idempotent producer with acks=all, and a
// consumer that reads one partition or another. Owned by the lane's KafkaLog; all calls [lane], but for its
// wake function, which librdkafka's threads call.
//
// Bounds: 64 MiB of messages to be written; 4 MiB of each partition that is read. A fetch that begins or ends
// waits for one of librdkafka's threads, not for a broker. Where the producer can write nothing any more, all
// that it has fails, and another one takes its place.

#include <functional>
#include <memory>

#include "journal/kafka_options.hpp"
#include "journal/kafka_topic.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

class KafkaClient final : public KafkaTopics {
 public:
  // Does not wait for a broker. `wake` is called when there is something to poll. [control]
  static Result<std::unique_ptr<KafkaClient>> create(KafkaClientOptions options, std::function<void()> wake);
  ~KafkaClient() override;
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  KafkaPlace open(const std::string& type, ShardId shard) override;
  bool produce(KafkaPlace place, KafkaTicket ticket, std::string_view message) override;
  void fetch(KafkaPlace place, std::optional<Offset> from) override;
  void stop(KafkaPlace place) override;
  void hold(KafkaPlace place) override;
  void go_on(KafkaPlace place) override;
  void delete_before(KafkaPlace place, Offset offset) override;
  bool poll(KafkaEvents& events) override;

 private:
  struct State;
  explicit KafkaClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shoal::journal
