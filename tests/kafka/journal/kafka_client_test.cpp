// Goal: the Kafka log keeps on a real broker what it keeps in the simulator. Method: two hosts' logs on
// topics of a broker that SHOAL_TEST_BOOTSTRAP names (tests/kafka/with_broker.py starts one).
#include "journal/kafka_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>

#include "journal/kafka_handles.hpp"
#include "journal/kafka_topic_keeper.hpp"
#include "tests/kafka-mock/journal/broker_side.hpp"

namespace shoal::journal {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;

constexpr std::uint32_t shard_count = 4;

KafkaClientOptions client_options(std::vector<std::string>* said = nullptr) {
  KafkaClientOptions options;
  options.bootstrap_servers = std::getenv("SHOAL_TEST_BOOTSTRAP");
  options.client_id = "test";
  options.topic_prefix = "journal-";
  options.log = [said](KafkaLogLevel level, const std::string& text) {
    if (level >= KafkaLogLevel::warning) std::cerr << text << "\n";
    if (said != nullptr) said->push_back(text);
  };
  return options;
}

KafkaJournalTopic prepare(const std::string& type) {
  const auto admin = KafkaAdmin::create(client_options());
  EXPECT_TRUE(admin) << admin.error().message;
  const auto topic = admin.value()->prepare({type, shard_count, 0}, 30s);
  EXPECT_TRUE(topic) << topic.error().message;
  return topic.value();
}

// Its first and its next offset.
std::pair<std::int64_t, std::int64_t> bounds(const std::string& topic, std::int32_t partition) {
  const KafkaClientOptions options = client_options();
  const auto consumer = make_kafka_consumer(options);
  std::int64_t low = -1;
  std::int64_t high = -1;
  EXPECT_EQ(
      rd_kafka_query_watermark_offsets(consumer.value().get(), topic.c_str(), partition, &low, &high, 10'000),
      RD_KAFKA_RESP_ERR_NO_ERROR);
  return {low, high};
}

TEST(KafkaBroker, ATopicIsMadeOnceAndAllAgreeWhichJournalItIs) {
  const KafkaJournalTopic first = prepare("made");
  EXPECT_EQ(prepare("made").journal, first.journal);
  EXPECT_THAT(first.warnings, testing::ElementsAre(HasSubstr("one replica")));
  EXPECT_NE(prepare("other").journal, first.journal);
  const auto admin = KafkaAdmin::create(client_options());
  const auto other = admin.value()->prepare({"made", shard_count + 1, 0}, 30s);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("topic journal-made has 4 partitions, and type made has 5"));
  const auto wide = admin.value()->prepare({"wide", 1, 7}, 30s);
  ASSERT_FALSE(wide);
  EXPECT_THAT(wide.error().message, HasSubstr("topic journal-wide cannot be made"));
}

TEST(KafkaBroker, WhatCountedIsReadByTheNextAndTheFormerOwnerAnswersNothing) {
  const JournalId journal = prepare("pair").journal;
  BrokerSide one(client_options(), "pair", journal);
  BrokerSide two(client_options(), "pair", journal);
  for (std::uint32_t number = 0; number < shard_count; ++number) {
    one.claim(number);
    one.append_and_wait(number, 50);
  }
  ASSERT_TRUE(one.refusals.empty()) << one.refusals.front().message;
  two.claim(1);
  ASSERT_EQ(two.claims.size(), 1U);
  EXPECT_EQ(two.claims.front().next, Sequence(51));
  EXPECT_EQ(two.claims.front().earlier_lease_ms, broker_side_lease_ms);
  two.read(1);
  EXPECT_EQ(two.sequences[two.shard(1)].size(), 50U);

  one.append_and_wait(1, 3);
  ASSERT_EQ(one.failures.size(), 1U);
  EXPECT_EQ(one.failures.front().reason, LogFailure::newer_claim);
  EXPECT_EQ(one.through[one.shard(1)], Sequence(50));
  one.failures.clear();
  one.append_and_wait(2, 3);
  EXPECT_EQ(one.through[one.shard(2)], Sequence(53)) << "the other shards go on";
  two.append_and_wait(1, 5);
  two.sequences.clear();
  two.read(1);
  EXPECT_EQ(two.sequences[two.shard(1)].size(), 55U) << "what came late is void";

  one.claim(1, Decision{0, 1});
  ASSERT_EQ(one.refusals.size(), 1U);
  EXPECT_EQ(one.refusals.front().reason, ClaimRefusal::stale_decision);
}

TEST(KafkaBroker, ACheckpointDeletesWhatIsBelowAndACloseIsSeen) {
  const JournalId journal = prepare("cut").journal;
  BrokerSide one(client_options(), "cut", journal);
  one.claim(3);
  one.append_and_wait(3, 20);
  const Sequence begin = one.log->append(one.shard(3), CheckpointBegin{});
  one.log->append(one.shard(3), CheckpointEnd{begin});
  one.log->commit();
  one.append(3);
  one.log->close(one.shard(3));
  one.wait_for([&] { return !one.closed.empty(); });
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (bounds("journal-cut", 3).first != 21 && std::chrono::steady_clock::now() < until) {
  }
  EXPECT_EQ(bounds("journal-cut", 3).first, 21) << "a claim and twenty records are gone";

  BrokerSide two(client_options(), "cut", journal);
  two.claim(3);
  ASSERT_TRUE(two.refusals.empty()) << two.refusals.front().message;
  EXPECT_EQ(two.claims.front().earlier_lease_ms, 0U);
  EXPECT_EQ(two.claims.front().next, Sequence(25));
  two.read(3);
  EXPECT_THAT(two.sequences[two.shard(3)], testing::ElementsAre(21, 22, 23, 24));
}

TEST(KafkaBroker, LargeRecordsAndManyCommitsAtOnce) {
  const JournalId journal = prepare("many").journal;
  BrokerSide one(client_options(), "many", journal, record_bytes_max_default);
  for (std::uint32_t number = 0; number < shard_count; ++number) one.claim(number);
  constexpr std::uint64_t commits = 500;
  for (std::uint64_t i = 0; i < commits; ++i) {
    for (std::uint32_t number = 0; number < shard_count; ++number) one.append(number);
    one.log->commit();
  }
  one.append(0, record_bytes_max_default - 100);
  one.append(0, 600'000);
  one.append(0, 600'000);
  one.log->commit();
  one.wait_for([&] { return one.through[one.shard(0)] == Sequence(commits + 3) || !one.failures.empty(); });
  EXPECT_TRUE(one.failures.empty()) << one.failures.front().message;
  one.wait_for([&] { return one.through[one.shard(3)] == Sequence(commits); });
  one.read(0);
  EXPECT_EQ(one.sequences[one.shard(0)].size(), commits + 3);
  BrokerSide two(client_options(), "many", journal, record_bytes_max_default);
  for (std::uint32_t number = 0; number < shard_count; ++number) {
    two.claim(number);
    two.read(number);
  }
  EXPECT_EQ(two.sequences[two.shard(0)].size(), commits + 3);
  EXPECT_EQ(two.sequences[two.shard(3)].size(), commits);
}

TEST(KafkaBroker, TheKeeperTellsWhatIsWrongAndWakesWhenItIsRight) {
  prepare("kept");
  std::vector<std::string> said;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_woken = false;
  KafkaTopicKeeper::Options options;
  options.client = client_options();
  options.client.log = [&](KafkaLogLevel level, const std::string& text) {
    const std::lock_guard lock(mutex);
    if (level >= KafkaLogLevel::warning) said.push_back(text);
    changed.notify_one();
  };
  options.try_again_after = 10ms;
  auto keeper = KafkaTopicKeeper::start(std::move(options));
  ASSERT_TRUE(keeper) << keeper.error().message;
  keeper.value()->add_wake([&] {
    const std::lock_guard lock(mutex);
    is_woken = true;
    changed.notify_one();
  });
  EXPECT_EQ(keeper.value()->trouble(), "");
  keeper.value()->keep("kept", shard_count + 1);
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, 60s, [&] { return !said.empty(); }));
  EXPECT_THAT(said, Each(HasSubstr("has 4 partitions")));
  lock.unlock();
  EXPECT_FALSE(keeper.value()->journal_of("kept"));
  EXPECT_THAT(keeper.value()->trouble(), HasSubstr("has 4 partitions"));
  keeper.value()->keep("kept", shard_count);
  lock.lock();
  ASSERT_TRUE(changed.wait_for(lock, 60s, [&] { return is_woken; }));
  lock.unlock();
  EXPECT_TRUE(keeper.value()->journal_of("kept"));
  EXPECT_EQ(keeper.value()->trouble(), "");
  const std::lock_guard again(mutex);
  EXPECT_LE(said.size(), 2U) << "what is wrong is said once, and that there is one replica";
}

}  // namespace
}  // namespace shoal::journal
