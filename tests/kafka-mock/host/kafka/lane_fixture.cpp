#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "host/kafka/partitioner.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::kafka {

using Clock = std::chrono::steady_clock;

StartQuestion start_question(const std::string& group, const std::string& topic,
                             std::span<const Partition> partitions, config::Start start) {
  StartQuestion question;
  question.group = group;
  question.start = start;
  for (const Partition partition : partitions) question.partitions.push_back({topic, partition});
  return question;
}

WakeFd::WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { SHOAL_ASSERT(fd_ >= 0); }
WakeFd::~WakeFd() { ::close(fd_); }

bool WakeFd::wait(std::chrono::milliseconds timeout) const {
  pollfd entry{fd_, POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(timeout.count())) <= 0) return false;
  eventfd_t written = 0;
  return ::eventfd_read(fd_, &written) == 0;
}

Lane::Lane(const config::Kafka& kafka, const std::string& group, std::size_t queued_kbytes_max) {
  LaneConsumer::Options options;
  options.wake_fd = wake_.get();
  options.client_id = "shoal-test-lane";
  options.queued_kbytes_max = queued_kbytes_max;
  auto created = LaneConsumer::create(kafka, group, options);
  SHOAL_ASSERT(created.has_value());
  consumer_ = std::move(created).value();
}

PartitionSlot Lane::assign(const std::string& topic, std::int32_t partition, std::int64_t offset) {
  const PartitionStart start{topic, Partition{partition}, Offset{offset}};
  auto slots = consumer_->assign({&start, 1});
  SHOAL_ASSERT(slots.has_value() && slots.value().size() == 1);
  return slots.value().front();
}

bool Lane::until(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + test_deadline;
  for (;;) {
    consumer_->poll(events);
    if (condition()) return true;
    if (Clock::now() > deadline) return false;
    wake_.wait(std::chrono::milliseconds(100));
  }
}

std::vector<TakenRecord> Lane::take(PartitionSlot slot, std::size_t count) {
  std::vector<TakenRecord> result;
  std::array<shoal_record, 64> records;
  const auto copy = [](shoal_bytes bytes) {
    return is_null(bytes) ? std::nullopt : std::optional(std::string(to_view(bytes)));
  };
  until([&] {
    while (result.size() < count) {
      const std::size_t wanted = std::min(records.size(), count - result.size());
      const std::size_t taken = consumer_->take(slot, std::span(records).first(wanted));
      if (taken == 0) return false;
      for (std::size_t i = 0; i < taken; ++i) {
        const shoal_record& record = records[i];
        TakenRecord& one = result.emplace_back();
        one.offset = record.offset;
        one.timestamp_ms = record.timestamp_ms;
        one.topic = to_view(record.topic);
        one.partition = record.partition;
        one.key = copy(record.key);
        one.value = copy(record.value);
        shoal_header header{};
        for (std::uint32_t h = 0; record.header(&record, h, &header) == SHOAL_STATUS_OK; ++h) {
          one.headers.emplace_back(to_view(header.name), copy(header.value));
        }
      }
      consumer_->release();
    }
    return true;
  });
  return result;
}

std::optional<ConsumerEvent> Lane::wait_for(ConsumerEvent::Kind kind) {
  std::optional<ConsumerEvent> found;
  until([&] {
    const auto match = std::find_if(events.begin(), events.end(),
                                    [kind](const ConsumerEvent& event) { return event.kind == kind; });
    if (match == events.end()) return false;
    found = *match;
    return true;
  });
  return found;
}

std::string key_for(std::uint32_t partition, std::uint32_t partition_count) {
  for (std::uint32_t i = 0;; ++i) {
    std::string key = "key-" + std::to_string(i);
    if (partition_of(to_bytes(key), partition_count) == partition) return key;
  }
}

void fill(const config::Kafka& kafka, const std::string& topic, std::uint32_t partition_count,
          std::uint64_t count, std::size_t value_size_min) {
  std::atomic<std::uint64_t> failures = 0;
  Producer::Options options;
  options.client_id = "shoal-test-fill";
  options.queue_records_max = 1'000'000;
  options.on_reports = [&failures](LaneIndex, std::span<const DeliveryReport> reports) {
    for (const DeliveryReport& report : reports) failures += report.ok ? 0 : 1;
  };
  auto created = Producer::create(kafka, std::move(options));
  ASSERT_TRUE(created) << created.error().message;
  Producer& producer = *created.value();
  const SinkTopic sink = producer.resolve(topic).value();
  for (std::uint32_t partition = 0; partition < partition_count; ++partition) {
    const std::string key = key_for(partition, partition_count);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string value = std::to_string(i);
      value.resize(std::max(value.size(), value_size_min), ' ');
      const auto sent = producer.send(LaneIndex{0}, 0, sink, to_bytes(key), to_bytes(value), {}, -1);
      ASSERT_EQ(sent.status, SendStatus::sent) << sent.reason;
    }
  }
  const auto flushed = producer.flush(test_deadline);
  ASSERT_TRUE(flushed) << flushed.error().message;
  ASSERT_EQ(failures, 0u);
}

}  // namespace shoal::kafka
