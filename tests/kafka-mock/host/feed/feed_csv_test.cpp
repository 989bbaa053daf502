// Goal: a CSV file arrives in a topic whole, keyed and on time, and what goes wrong is said. Method: the feed
// runs against the mock cluster; what is stored is read back with plain librdkafka.

#include "host/kafka/feed_csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <unistd.h>
// It needs rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <limits>
#include <map>
#include <set>

#include "tests/kafka-mock/host/feed/mock_process.hpp"
#include "tests/kafka-mock/host/feed/topic_reader.hpp"

namespace shoal::kafka {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;

class FeedCsv : public testing::Test {
 protected:
  // The feed takes the two signals over in its own thread; here no other thread may take them instead.
  FeedCsv() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }

  FeedOptions flights_to(const std::string& bootstrap_servers) const {
    FeedOptions options;
    options.file = SHOAL_FLIGHTS;
    options.topic = "flights";
    options.key_column = "tailnum";
    options.bootstrap_servers = bootstrap_servers;
    options.progress = false;
    return options;
  }

  FeedOptions options() const { return flights_to(cluster_.bootstrap_servers()); }
  std::vector<StoredRecord> stored() const { return read_topic(cluster_.bootstrap_servers(), "flights", 8); }
  std::int64_t count() const { return stored_count(cluster_.bootstrap_servers(), "flights", 8); }

  std::filesystem::path write(const std::string& text) const {
    std::ofstream{cluster_.directory() / "small.csv"} << text;
    return cluster_.directory() / "small.csv";
  }

  // Each look asks the broker, so that this is no busy loop.
  bool wait_until_stored(std::int64_t wanted) const {
    const auto deadline = steady_clock::now() + 20s;
    while (steady_clock::now() < deadline) {
      if (count() >= wanted) {
        return true;
      }
    }
    return false;
  }

  MockProcess cluster_{{{"flights", 8}}};
};

TEST_F(FeedCsv, EveryRowArrivesOnceUnderItsKey) {
  auto feed = options();
  feed.limit = 5'000;
  const auto totals = feed_csv(feed);
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals.value().records, 5'000);
  EXPECT_FALSE(totals.value().stopped);

  std::uint64_t null_keys = 0;
  std::uint64_t bytes = 0;
  std::set<std::string> values;
  for (const auto& record : stored()) {
    bytes += record.value.size();
    values.insert(record.value);
    if (!record.key) {
      ++null_keys;
      EXPECT_THAT(record.value, HasSubstr("\"tailnum\":null"));
      continue;
    }
    EXPECT_THAT(record.value, HasSubstr("\"tailnum\":\"" + *record.key + "\""));
    EXPECT_EQ(record.partition, rd_kafka_msg_partitioner_murmur2(nullptr, record.key->data(),
                                                                 record.key->size(), 8, nullptr, nullptr));
  }
  EXPECT_EQ(values.size(), 5'000);
  EXPECT_EQ(count(), 5'000);
  EXPECT_GT(null_keys, 0);
  EXPECT_EQ(null_keys, totals.value().null_keys);
  EXPECT_EQ(bytes, totals.value().bytes);
}

TEST_F(FeedCsv, TheRowsOfAKeyKeepTheirOrder) {
  std::string text = "id,sequence\n";
  for (int row = 0; row < 3'000; ++row) {
    text += "k" + std::to_string(row % 7) + "," + std::to_string(row) + "\n";
  }
  auto feed = options();
  feed.file = write(text);
  feed.key_column = "id";
  ASSERT_TRUE(feed_csv(feed));
  std::map<std::string, int> last;
  for (const auto& record : stored()) {
    const auto sequence = std::stoi(record.value.substr(record.value.rfind(':') + 1));
    const auto [place, first] = last.emplace(*record.key, sequence);
    EXPECT_TRUE(first || place->second < sequence) << record.value;
    place->second = sequence;
  }
  EXPECT_EQ(last.size(), 7);
}

TEST_F(FeedCsv, TheWholeYearGoesThroughABoundedQueue) {
  const auto totals = feed_csv(options());
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals.value().records, 336'776);
  EXPECT_EQ(totals.value().null_keys, 2'512);
  EXPECT_EQ(count(), 336'776);
}

TEST_F(FeedCsv, TheRateIsAnAbsoluteSchedule) {
  auto feed = options();
  feed.limit = 500;
  feed.rate_per_second = 500;
  const auto begin = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t begin_ms = std::chrono::floor<std::chrono::milliseconds>(begin).count();
  const auto totals = feed_csv(feed);
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_GE(totals.value().seconds, 0.99);
  std::vector<std::int64_t> timestamps;
  for (const auto& record : stored()) {
    timestamps.push_back(record.timestamp_ms);
  }
  std::sort(timestamps.begin(), timestamps.end());
  ASSERT_EQ(timestamps.size(), 500);
  // Record n is sent no sooner than n / rate after the begin, however late the first one was; 2 ms for the
  // rounding of two timestamps.
  int early_count = 0;
  for (std::size_t index = 0; index < timestamps.size(); ++index) {
    early_count += timestamps[index] - begin_ms + 2 < static_cast<std::int64_t>(index * 1000 / 500) ? 1 : 0;
  }
  EXPECT_EQ(early_count, 0);
}

TEST_F(FeedCsv, ALimitOfNoneChecksAndSendsNothing) {
  auto feed = options();
  feed.limit = 0;
  const auto totals = feed_csv(feed);
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals.value().records, 0);
  EXPECT_EQ(count(), 0);
}

TEST_F(FeedCsv, AMissingTopicIsAnErrorBeforeAnythingIsSent) {
  auto feed = options();
  feed.topic = "fligths";
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code, ErrorCode::not_found);
  EXPECT_THAT(totals.error().message,
              AllOf(HasSubstr("there is no topic \"fligths\" at " + cluster_.bootstrap_servers()),
                    HasSubstr("kafka-topics.sh --bootstrap-server " + cluster_.bootstrap_servers() +
                              " --create --topic fligths")));
  EXPECT_THAT(topic_names(cluster_.bootstrap_servers()), testing::ElementsAre("flights"));
}

TEST_F(FeedCsv, AnAbsentBrokerIsNamedInTime) {
  const auto absent = cluster_.bootstrap_servers();
  cluster_.signal(SIGTERM);
  EXPECT_EQ(cluster_.wait(), 0);
  auto feed = flights_to(absent);
  feed.connect_timeout = 500ms;
  const auto began = steady_clock::now();
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code, ErrorCode::unreachable);
  EXPECT_THAT(totals.error().message, HasSubstr("no Kafka broker answers at " + absent));
  EXPECT_LT(steady_clock::now() - began, 10s);
}

TEST_F(FeedCsv, AFileErrorIsReportedAfterWhatCameBeforeItIsDelivered) {
  auto feed = options();
  feed.file = write("id,name\n1,a\n2,b\n3\n4,d\n");
  feed.key_column = "id";
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().message, feed.file.string() +
                                        ":4: the row has 1 fields, the header has 2 (2 records "
                                        "before it were delivered)");
  EXPECT_EQ(count(), 2);
}

TEST_F(FeedCsv, ARecordTooLargeIsNamedByItsLine) {
  auto feed = options();
  std::ofstream{cluster_.directory() / "large.csv"} << "id,text\n1,a\n2," << std::string(1'000'100, 'x')
                                                    << "\n3,c\n";
  feed.file = cluster_.directory() / "large.csv";
  feed.key_column = "id";
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_THAT(totals.error().message, HasSubstr("large.csv:3: the record cannot be sent"));
  EXPECT_EQ(count(), 1);
}

TEST_F(FeedCsv, AStopSignalEndsInOrder) {
  for (const int number : {SIGINT, SIGTERM}) {
    const auto before = count();
    auto feed = options();
    feed.rate_per_second = 1'000;
    auto running = std::async(std::launch::async, [&] { return feed_csv(feed); });
    EXPECT_TRUE(wait_until_stored(before + 200));
    kill(getpid(), number);
    const auto totals = running.get();
    ASSERT_TRUE(totals) << totals.error().message;
    EXPECT_TRUE(totals.value().stopped);
    EXPECT_EQ(static_cast<std::int64_t>(totals.value().records), count() - before);
  }
}

TEST_F(FeedCsv, ABrokerThatGoesAwayIsGivenUpInTime) {
  auto feed = options();
  feed.rate_per_second = 2'000;
  feed.acknowledgement_timeout = 1s;
  auto running = std::async(std::launch::async, [&] { return feed_csv(feed); });
  EXPECT_TRUE(wait_until_stored(200));
  cluster_.signal(SIGKILL);
  const auto totals = running.get();
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code, ErrorCode::unreachable);
  EXPECT_THAT(totals.error().message,
              HasSubstr(cluster_.bootstrap_servers() + " has acknowledged nothing for 1 s"));
}

TEST_F(FeedCsv, TheSecondStopSignalGivesUpTheDelivery) {
  auto feed = options();
  feed.rate_per_second = 1'000;
  auto running = std::async(std::launch::async, [&] { return feed_csv(feed); });
  EXPECT_TRUE(wait_until_stored(200));
  cluster_.signal(SIGSTOP);
  EXPECT_EQ(running.wait_for(200ms), std::future_status::timeout);
  kill(getpid(), SIGINT);
  EXPECT_EQ(running.wait_for(500ms), std::future_status::timeout);
  kill(getpid(), SIGINT);
  const auto totals = running.get();
  ASSERT_FALSE(totals);
  EXPECT_THAT(totals.error().message, HasSubstr("stopped before"));
}

// A mock cluster in this process, whose answers can be chosen.
class ScriptedCluster {
 public:
  ScriptedCluster() : client_(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)) {
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, "flights", 8, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ~ScriptedCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  ScriptedCluster(const ScriptedCluster&) = delete;
  ScriptedCluster& operator=(const ScriptedCluster&) = delete;

  std::string bootstrap_servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void refuse_next_produce() {
    constexpr std::int16_t produce_request = 0;
    rd_kafka_mock_push_request_errors(cluster_, produce_request, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  }

 private:
  rd_kafka_t* client_;
  rd_kafka_mock_cluster_t* cluster_;
};

TEST_F(FeedCsv, RecordsThatWereNotDeliveredAreCountedAndTheFirstIsNamed) {
  ScriptedCluster cluster;
  cluster.refuse_next_produce();
  auto feed = flights_to(cluster.bootstrap_servers());
  feed.file = write("id,name\n1,a\n\n1,b\n");
  feed.key_column = "id";
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_THAT(totals.error().message,
              AllOf(HasSubstr("2 of 2 records were not delivered to topic \"flights\" at " +
                              cluster.bootstrap_servers()),
                    HasSubstr("the first is " + feed.file.string() + ":2: "), HasSubstr("authorization")));
}

TEST_F(FeedCsv, WrongOptionsAreRefused) {
  for (const double rate : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    auto feed = options();
    feed.rate_per_second = rate;
    const auto totals = feed_csv(feed);
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().code, ErrorCode::invalid_argument);
  }
  auto feed = options();
  feed.client["partitioner"] = "consistent";
  const auto totals = feed_csv(feed);
  ASSERT_FALSE(totals);
  EXPECT_THAT(totals.error().message, HasSubstr("partitioner"));
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace shoal::kafka
