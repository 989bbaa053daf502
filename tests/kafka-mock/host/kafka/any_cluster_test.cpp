// Goal: topics, offsets and commits mean the same on a real broker as on the mock. Method: the whole way of a
// source, from creating its topic to resuming after a commit; SHOAL_TEST_BOOTSTRAP names a real broker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "host/kafka/topics.hpp"
#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

namespace shoal::kafka {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t partition_count = 3;
constexpr std::array<Partition, partition_count> partitions{Partition{2}, Partition{0}, Partition{1}};

class AnyClusterTest : public testing::Test {
 protected:
  std::vector<StartOffset> starts(config::Start start) {
    const auto asked_at = std::chrono::steady_clock::now();
    auto found = client->start_offsets(start_question(group, topic, partitions, start), test_deadline);
    EXPECT_TRUE(found) << found.error().message;
    const auto took = std::chrono::steady_clock::now() - asked_at;
    std::cout << "start offsets took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
              << " ms\n";
    return found ? found.value() : std::vector<StartOffset>(partition_count);
  }

  std::unique_ptr<TestCluster> cluster = TestCluster::from_environment();
  std::unique_ptr<TopicClient> client = TopicClient::create(cluster->config(), "shoal-test").value();
  std::string topic = cluster->make_topic("any", partition_count);
  std::string group = topic + "-group";
};

TEST_F(AnyClusterTest, CountsAndCreatesTopics) {
  EXPECT_EQ(client->partition_count(topic, test_deadline).value(), partition_count);
  const std::string missing = topic + "-missing";
  for (int round = 0; round < 3; ++round) {
    const auto count = client->partition_count(missing, test_deadline);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::not_found) << count.error().message;
  }
  const auto created = client->create_topic(missing, 5, test_deadline);
  ASSERT_TRUE(created) << created.error().message;
  const auto count = client->partition_count(missing, test_deadline);
  ASSERT_TRUE(count) << count.error().message;
  if (!cluster->is_mock()) {
    EXPECT_EQ(count.value(), 5u);
  }
  EXPECT_TRUE(client->create_topic(missing, 5, test_deadline));
}

TEST_F(AnyClusterTest, ResumesWhereItHasCommitted) {
  fill(cluster->config(), topic, partition_count, 1'000);
  for (const StartOffset& start : starts(config::Start::committed)) {
    EXPECT_EQ(start.committed, std::nullopt);
    EXPECT_EQ(start.start, Offset{0});
  }
  {
    Lane lane(cluster->config(), group);
    const PartitionSlot slot = lane.assign(topic, 2, 0);
    ASSERT_EQ(lane.take(slot, 700).size(), 700u);
    EXPECT_EQ(lane.consumer().high_watermark(slot), 1'000);
    const CommitPosition first{slot, Offset{600}};
    ASSERT_EQ(lane.consumer().commit({&first, 1}), CommitStart::started);
    ASSERT_TRUE(lane.wait_for(ConsumerEvent::Kind::committed));
    const CommitPosition last{slot, Offset{700}};
    const auto committed = lane.consumer().commit_now({&last, 1}, test_deadline);
    ASSERT_TRUE(committed) << committed.error().message;
  }
  const auto resumed = starts(config::Start::committed);
  EXPECT_EQ(resumed[0].partition, Partition{2});
  EXPECT_EQ(resumed[0].committed, Offset{700});
  EXPECT_EQ(resumed[0].start, Offset{700});
  EXPECT_EQ(resumed[1].committed, std::nullopt);
  EXPECT_EQ(starts(config::Start::earliest)[0].start, Offset{0});
  EXPECT_EQ(starts(config::Start::latest)[2].start, Offset{1'000});
  Lane lane(cluster->config(), group);
  const auto rest = lane.take(lane.assign(topic, 2, resumed[0].start.value), 300);
  ASSERT_EQ(rest.size(), 300u);
  EXPECT_EQ(rest.front().offset, 700);
  EXPECT_EQ(rest.back().value, "999");
}

TEST_F(AnyClusterTest, StopsAtAnOffsetThatIsNotThere) {
  fill(cluster->config(), topic, partition_count, 10);
  Lane lane(cluster->config(), group);
  const PartitionSlot slot = lane.assign(topic, 1, 5'000);
  std::array<shoal_record, 8> records;
  ASSERT_TRUE(lane.until([&] {
    EXPECT_EQ(lane.consumer().take(slot, records), 0u);
    lane.consumer().poll(lane.events);
    return !lane.events.empty();
  }));
  EXPECT_EQ(lane.events[0].kind, ConsumerEvent::Kind::offset_out_of_range) << lane.events[0].message;
  EXPECT_THAT(lane.events[0].message, HasSubstr("topic " + topic + " partition 1"));
}

}  // namespace
}  // namespace shoal::kafka
