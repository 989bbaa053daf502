// Goal: every record that was taken is reported once to its lane, and what cannot be sent is refused or held.
// Method: one Producer against librdkafka's mock cluster in this process; faults are injected into the
// cluster.

#include "host/kafka/producer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "host/kafka/partitioner.hpp"
#include "host/kafka/topics.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

namespace shoal::kafka {
namespace {

using testing::HasSubstr;

constexpr int error_message_too_large = 10;
constexpr int error_not_enough_replicas = 19;

// What the producer reported, by lane.
class Reports {
 public:
  Producer::OnReports callback() {
    return [this](LaneIndex lane, std::span<const DeliveryReport> reports) {
      const std::lock_guard lock(mutex_);
      if (reports.empty()) ++rooms_[lane.value];
      for (const DeliveryReport& report : reports) by_lane_[lane.value].push_back(report);
      changed_.notify_all();
    };
  }

  // The reports of a lane once there are `count` of them, or at the deadline.
  std::vector<DeliveryReport> wait(std::uint32_t lane, std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, test_deadline, [&] { return by_lane_[lane].size() >= count; });
    return by_lane_[lane];
  }

  int rooms(std::uint32_t lane) {
    const std::lock_guard lock(mutex_);
    return rooms_[lane];
  }

  // Waits until the lane was told to try again more than `before` times.
  bool wait_for_room(std::uint32_t lane, int before) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, test_deadline, [&] { return rooms_[lane] > before; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, std::vector<DeliveryReport>> by_lane_;
  std::map<std::uint32_t, int> rooms_;
};

class ProducerTest : public testing::Test {
 protected:
  std::unique_ptr<Producer> make(const config::Kafka& kafka, std::uint32_t lane_count = 1) {
    Producer::Options options;
    options.on_reports = reports.callback();
    options.lane_count = lane_count;
    options.client_id = "shoal-test";
    auto created = Producer::create(kafka, std::move(options));
    EXPECT_TRUE(created) << created.error().message;
    return std::move(created).value();
  }

  static SendResult send(Producer& producer, SinkTopic sink, std::uint32_t lane, std::uint64_t tag,
                         std::string_view value = "value") {
    return producer.send(LaneIndex{lane}, tag, sink, to_bytes("key"), to_bytes(value), {}, -1);
  }

  TestCluster cluster;
  Reports reports;
};

TEST_F(ProducerTest, ReportsEachRecordToItsLaneWithItsTag) {
  cluster.make_topic("out", 4);
  constexpr std::uint32_t lane_count = 3;
  constexpr std::uint64_t count = 2'000;
  auto producer = make(cluster.config(), lane_count);
  const SinkTopic sink = producer->resolve("out").value();
  std::vector<std::thread> lanes;
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    lanes.emplace_back([&, lane] {
      for (std::uint64_t i = 0; i < count; ++i) {
        EXPECT_EQ(send(*producer, sink, lane, delivery_tag_max - i).status, SendStatus::sent);
      }
    });
  }
  for (std::thread& lane : lanes) lane.join();
  ASSERT_TRUE(producer->flush(test_deadline));
  EXPECT_EQ(producer->queue_depth(), 0u);
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    std::map<std::uint64_t, int> seen;
    for (const DeliveryReport& report : reports.wait(lane, count)) {
      EXPECT_TRUE(report.ok) << report.reason;
      ++seen[report.tag];
    }
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(seen.begin()->first, delivery_tag_max - count + 1);
    for (const auto& [tag, times] : seen) EXPECT_EQ(times, 1) << tag;
  }
}

TEST_F(ProducerTest, PutsKeysWhereThePartitionerSays) {
  constexpr std::uint32_t partition_count = 8;
  cluster.make_topic("aligned", partition_count);
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("aligned").value();
  std::map<std::uint32_t, std::size_t> expected;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "N" + std::to_string(i) + "AA";
    ++expected[partition_of(to_bytes(key), partition_count)];
    producer->send(LaneIndex{0}, 0, sink, to_bytes(key), to_bytes(key), {}, -1);
  }
  ASSERT_TRUE(producer->flush(test_deadline));
  Lane lane(cluster.config(), "group");
  for (const auto& [partition, count] : expected) {
    const PartitionSlot slot = lane.assign("aligned", static_cast<std::int32_t>(partition), 0);
    for (const TakenRecord& record : lane.take(slot, count)) {
      EXPECT_EQ(partition_of(to_bytes(record.key.value()), partition_count), partition);
    }
    EXPECT_EQ(lane.consumer().high_watermark(slot), static_cast<std::int64_t>(count));
  }
}

TEST_F(ProducerTest, HoldsWhereItsQueueIsFullAndTellsTheLaneOfRoom) {
  cluster.make_topic("full", 1);
  cluster.set_down();
  auto kafka = cluster.config();
  kafka.client["queue.buffering.max.messages"] = "10000";
  auto producer = make(kafka, 2);
  const SinkTopic sink = producer->resolve("full").value();
  std::uint64_t sent = 0;
  while (send(*producer, sink, 0, sent).status == SendStatus::sent) ++sent;
  EXPECT_EQ(sent, 10'000u);
  EXPECT_GE(producer->queue_depth(), sent);  // librdkafka counts its own events in
  EXPECT_EQ(send(*producer, sink, 1, 7).status, SendStatus::queue_full);
  cluster.set_up();
  for (;;) {
    const int rooms = reports.rooms(1);
    if (send(*producer, sink, 1, 7).status != SendStatus::queue_full) break;
    ASSERT_TRUE(reports.wait_for_room(1, rooms)) << "a lane without records in flight must hear of room, too";
  }
  ASSERT_EQ(reports.wait(0, sent).size(), sent);
  const auto last = reports.wait(1, 1);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].tag, 7u);
}

TEST_F(ProducerTest, RefusesARecordThatIsTooLarge) {
  cluster.make_topic("large", 1);
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("large").value();
  const auto result = send(*producer, sink, 0, 1, std::string(2'000'000, 'x'));
  EXPECT_EQ(result.status, SendStatus::refused);
  EXPECT_THAT(result.reason, HasSubstr("too large"));
  const shoal_header header{to_bytes("a"), to_bytes("1")};
  const std::string value(2'000'000, 'x');
  EXPECT_EQ(producer->send(LaneIndex{0}, 1, sink, null_bytes, to_bytes(value), {&header, 1}, -1).status,
            SendStatus::refused);
  EXPECT_EQ(producer->queue_depth(), 0u);
}

TEST_F(ProducerTest, ReportsWhatTheBrokerRefusesForGood) {
  cluster.make_topic("refusing", 1);
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("refusing").value();
  cluster.fail_requests(api_produce, error_message_too_large, 1);
  ASSERT_EQ(send(*producer, sink, 0, 9).status, SendStatus::sent);
  const auto got = reports.wait(0, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_FALSE(got[0].ok);
  EXPECT_TRUE(got[0].permanent);
  EXPECT_EQ(got[0].tag, 9u);
  EXPECT_THAT(got[0].reason, HasSubstr("too large"));
  ASSERT_EQ(send(*producer, sink, 0, 10).status, SendStatus::sent);
  EXPECT_TRUE(reports.wait(0, 2).at(1).ok) << "the producer goes on";
}

TEST_F(ProducerTest, TriesAgainWhatCanSucceedLater) {
  cluster.make_topic("retried", 1);
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("retried").value();
  cluster.fail_requests(api_produce, error_not_enough_replicas, 3);
  ASSERT_EQ(send(*producer, sink, 0, 1).status, SendStatus::sent);
  EXPECT_TRUE(reports.wait(0, 1).at(0).ok);
}

TEST_F(ProducerTest, WaitsForABrokerThatIsAbsentAtStart) {
  cluster.make_topic("later", 1);
  cluster.set_down();
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("later").value();
  ASSERT_EQ(send(*producer, sink, 0, 1).status, SendStatus::sent);
  const auto late = producer->flush(std::chrono::milliseconds(100));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::deadline);
  EXPECT_THAT(late.error().message, HasSubstr("1 records are not acknowledged"));
  cluster.set_up();
  EXPECT_TRUE(reports.wait(0, 1).at(0).ok);
  EXPECT_FALSE(producer->fatal_error());
}

TEST_F(ProducerTest, EndsWithRecordsThatWereNeverSent) {
  cluster.set_down();
  auto producer = make(cluster.config());
  const SinkTopic sink = producer->resolve("nowhere").value();
  for (std::uint64_t tag = 0; tag < 100; ++tag) send(*producer, sink, 0, tag);
  producer.reset();
  EXPECT_TRUE(reports.wait(0, 0).empty());
}

TEST_F(ProducerTest, ResolvesATopicOnce) {
  auto producer = make(cluster.config());
  ASSERT_TRUE(producer->resolve("same"));
  EXPECT_TRUE(producer->resolve("same"));
  for (const std::string name : {"", ".", "a b", "x/y"}) {
    const auto bad = producer->resolve(name);
    ASSERT_FALSE(bad) << name;
    EXPECT_EQ(bad.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_FALSE(producer->resolve(std::string(250, 'x')));
}

TEST_F(ProducerTest, RefusesAKeyOfTheConfiguration) {
  auto kafka = cluster.config();
  kafka.client["acks"] = "1";
  Producer::Options options;
  options.on_reports = reports.callback();
  const auto created = Producer::create(kafka, std::move(options));
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::bad_config);
}

}  // namespace
}  // namespace shoal::kafka
