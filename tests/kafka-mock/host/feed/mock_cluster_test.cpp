// Goal: the mock cluster starts, says where it is, and ends cleanly. Method: it runs as a process and is
// looked at from outside.

#include "host/kafka/mock_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/kafka-mock/host/feed/mock_process.hpp"
#include "tests/kafka-mock/host/feed/topic_reader.hpp"

namespace shoal::kafka {
namespace {

using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

TEST(MockCluster, SaysWhereItIsAndHasItsTopics) {
  MockProcess cluster{{{"flights", 8}, {"flights.dead-letters", 1}}};
  EXPECT_THAT(cluster.bootstrap_servers(), StartsWith("127.0.0.1:"));
  std::string text;
  std::getline(std::ifstream{cluster.directory() / "b"}, text);
  EXPECT_EQ(text, cluster.bootstrap_servers());
  EXPECT_THAT(topic_names(cluster.bootstrap_servers()),
              UnorderedElementsAre("flights", "flights.dead-letters"));
  EXPECT_EQ(stored_count(cluster.bootstrap_servers(), "flights", 8), 0);
}

TEST(MockCluster, EndsOnEitherSignalAndTakesItsFileAway) {
  for (const int number : {SIGTERM, SIGINT}) {
    MockProcess cluster{{{"flights", 8}}};
    ASSERT_NE(cluster.bootstrap_servers(), "");
    cluster.signal(number);
    EXPECT_EQ(cluster.wait(), 0);
    EXPECT_THAT(std::vector(std::filesystem::directory_iterator{cluster.directory()}, {}), IsEmpty());
  }
}

TEST(MockCluster, ATopicWithoutPartitionsIsAUsageError) {
  MockProcess cluster{{{"flights", 0}}};
  EXPECT_EQ(cluster.bootstrap_servers(), "");
  EXPECT_EQ(cluster.wait(), 2);
}

TEST(MockCluster, ATopicTwiceIsAUsageError) {
  MockProcess cluster{{{"flights", 1}, {"flights", 2}}};
  EXPECT_EQ(cluster.wait(), 2);
}

TEST(MockCluster, ABootstrapFileThatCannotBeWrittenFails) {
  MockProcess cluster{{{"flights", 1}}, "absent/b"};
  EXPECT_EQ(cluster.bootstrap_servers(), "");
  EXPECT_EQ(cluster.wait(), 1);
}

}  // namespace
}  // namespace shoal::kafka
