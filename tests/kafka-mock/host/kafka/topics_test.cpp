// Goal: the host learns what topics and offsets there are, and tells "missing" from "unreachable". Method:
// one TopicClient against librdkafka's mock cluster in this process.

#include "host/kafka/topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

namespace shoal::kafka {
namespace {

using testing::HasSubstr;

class TopicClientTest : public testing::Test {
 protected:
  TestCluster cluster;
  std::unique_ptr<TopicClient> client = TopicClient::create(cluster.config(), "shoal-test").value();
};

TEST_F(TopicClientTest, CountsPartitions) {
  cluster.make_topic("flights", 12);
  const auto count = client->partition_count("flights", test_deadline);
  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ(count.value(), 12u);
  EXPECT_EQ(client->partition_count("flights", test_deadline).value(), 12u) << "also once it is known";
}

TEST_F(TopicClientTest, RefusesWhatIsNoTopicName) {
  EXPECT_EQ(client->partition_count("a b", test_deadline).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client->create_topic("", 1, test_deadline).error().code, ErrorCode::invalid_argument);
}

TEST_F(TopicClientTest, AMissingTopicIsNotFoundAndNotCreated) {
  for (int round = 0; round < 3; ++round) {
    const auto count = client->partition_count("nowhere", test_deadline);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::not_found) << count.error().message;
    EXPECT_THAT(count.error().message, HasSubstr("topic nowhere"));
  }
}

TEST_F(TopicClientTest, ABrokerThatIsDownIsUnreachable) {
  cluster.make_topic("flights", 1);
  cluster.set_down();
  const auto count = client->partition_count("flights", std::chrono::milliseconds(300));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, ErrorCode::unreachable) << count.error().message;
  const std::array<Partition, 1> partitions{Partition{0}};
  const auto starts =
      client->start_offsets(start_question("group", "flights", partitions, config::Start::committed),
                            std::chrono::milliseconds(300));
  ASSERT_FALSE(starts);
  EXPECT_EQ(starts.error().code, ErrorCode::unreachable) << starts.error().message;
  cluster.set_up();
  EXPECT_TRUE(client->partition_count("flights", test_deadline));
}

TEST_F(TopicClientTest, CreatesATopicWithoutAnAdminApi) {
  const auto created = client->create_topic("flights.dead-letters", 3, test_deadline);
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_TRUE(client->partition_count("flights.dead-letters", test_deadline));
}

TEST_F(TopicClientTest, ATopicThatExistsIsCreatedAlready) {
  cluster.make_topic("there", 2);
  ASSERT_TRUE(client->create_topic("there", 5, test_deadline));
  EXPECT_EQ(client->partition_count("there", test_deadline).value(), 2u);
}

TEST_F(TopicClientTest, GivesWatermarks) {
  cluster.make_topic("marks", 2);
  fill(cluster.config(), "marks", 1, 0);
  Lane lane(cluster.config(), "group");
  fill(cluster.config(), "marks", 2, 25);
  const auto marks = client->watermarks("marks", Partition{1}, test_deadline);
  ASSERT_TRUE(marks) << marks.error().message;
  EXPECT_EQ(marks.value().low, Offset{0});
  EXPECT_EQ(marks.value().high, Offset{25});
  const auto missing = client->watermarks("marks", Partition{7}, std::chrono::seconds(2));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found) << missing.error().message;
}

TEST_F(TopicClientTest, StartsWhereTheSourceSays) {
  cluster.make_topic("starts", 2);
  fill(cluster.config(), "starts", 2, 30);
  {
    Lane lane(cluster.config(), "starters");
    const CommitPosition position{lane.assign("starts", 1, 0), Offset{12}};
    ASSERT_TRUE(lane.consumer().commit_now({&position, 1}, test_deadline));
  }
  const std::array<Partition, 2> partitions{Partition{1}, Partition{0}};
  const auto starts_of = [&](config::Start start) {
    auto starts =
        client->start_offsets(start_question("starters", "starts", partitions, start), test_deadline);
    EXPECT_TRUE(starts) << starts.error().message;
    return starts.value();
  };
  const auto committed = starts_of(config::Start::committed);
  EXPECT_EQ(committed[0].partition, Partition{1});
  EXPECT_EQ(committed[0].committed, Offset{12});
  EXPECT_EQ(committed[0].start, Offset{12});
  EXPECT_EQ(committed[1].partition, Partition{0});
  EXPECT_EQ(committed[1].committed, std::nullopt);
  EXPECT_EQ(committed[1].start, Offset{0});
  const auto earliest = starts_of(config::Start::earliest);
  EXPECT_EQ(earliest[0].committed, Offset{12});
  EXPECT_EQ(earliest[0].start, Offset{0});
  const auto latest = starts_of(config::Start::latest);
  EXPECT_EQ(latest[0].start, Offset{30});
  EXPECT_EQ(latest[1].start, Offset{30});
}

TEST_F(TopicClientTest, StartsInAnUnknownGroupAtTheEarliest) {
  cluster.make_topic("fresh", 1);
  fill(cluster.config(), "fresh", 1, 5);
  const std::array<Partition, 1> partitions{Partition{0}};
  const auto starts = client->start_offsets(
      start_question("never-seen", "fresh", partitions, config::Start::committed), test_deadline);
  ASSERT_TRUE(starts) << starts.error().message;
  EXPECT_EQ(starts.value()[0].committed, std::nullopt);
  EXPECT_EQ(starts.value()[0].start, Offset{0});
}

}  // namespace
}  // namespace shoal::kafka
