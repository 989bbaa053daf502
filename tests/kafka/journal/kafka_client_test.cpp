// Goal: the Kafka log keeps on a real broker what it keeps in the simulator. Method: two hosts' logs on
// topics of a broker that SHOAL_TEST_BOOTSTRAP names (tests/kafka/with_broker.py starts one).
#include "journal/kafka_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <random>

#include "journal/kafka_handles.hpp"
#include "journal/kafka_log.hpp"
#include "journal/kafka_topic_keeper.hpp"
#include "journal/record_codec.hpp"

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

// A log with its lane.
class BrokerSide final : public LogListener {
 public:
  BrokerSide(std::string type, const JournalId& journal, std::size_t record_bytes_max = 4 * 1024)
      : type_(std::move(type)) {
    auto client = KafkaClient::create(client_options(), [this] { wake(); });
    EXPECT_TRUE(client) << client.error().message;
    KafkaLogOptions options;
    options.owner = OwnerId(random_());
    options.random = [this] { return random_(); };
    options.journal_of = [journal](const std::string&) { return std::optional<JournalId>(journal); };
    options.record_bytes_max = record_bytes_max;
    options.chunk_bytes = 64 * 1024;
    options.wake = [this] { wake(); };
    log = std::make_unique<KafkaLog>(std::move(client).value(), std::move(options));
  }

  void claimed(const Claimed& outcome) override { claims.push_back(outcome); }
  void claim_refused(const ClaimRefused& outcome) override { refusals.push_back(outcome); }
  void counted(const Counted& outcome) override { through[outcome.shard] = outcome.through; }
  void failed(const Failed& outcome) override { failures.push_back(outcome); }
  void read_chunk(const ReadChunk& chunk) override {
    std::string_view rest = chunk.bytes;
    while (const auto record = take_record(rest)) {
      sequences[chunk.shard].push_back(header_of(*record)->sequence.value);
    }
    log->give_back(chunk);
  }
  void read_end(const ReadEnd& outcome) override { ends.push_back(outcome); }
  void shard_closed(LogShard shard) override { closed.push_back(shard); }
  void disk_full(const std::string& message) override { full.push_back(message); }
  void disk_has_room() override {}

  template <class Condition>
  void wait_for(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      while (log->poll(*this)) {
      }
      if (condition()) return;
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(woken_.wait_until(lock, until, [this] { return is_woken_; })) << "nothing comes of it";
      is_woken_ = false;
    }
  }
  LogShard shard(std::uint32_t number) const { return {type_number(type_), ShardId(number)}; }
  void claim(std::uint32_t number, std::optional<Decision> decision = std::nullopt) {
    const std::size_t before = claims.size() + refusals.size();
    log->claim({type_, ShardId(number), decision});
    wait_for([&] { return claims.size() + refusals.size() > before; });
  }
  void append(std::uint32_t number, std::size_t bytes = 100) {
    const std::string text(bytes, 'x');
    const std::array events{Event{0, 1, text}};
    Turn turn;
    turn.entity = "e";
    turn.events = events;
    log->append(shard(number), turn);
  }
  void append_and_wait(std::uint32_t number, std::uint64_t times) {
    const Sequence wanted(through[shard(number)].value + times);
    for (std::uint64_t i = 0; i < times; ++i) {
      append(number);
      log->commit();
    }
    wait_for([&] { return through[shard(number)] >= wanted || !failures.empty(); });
  }
  void read(std::uint32_t number) {
    const std::size_t before = ends.size();
    log->read(shard(number), Sequence(1));
    wait_for([&] { return ends.size() > before || !failures.empty(); });
  }

  std::unique_ptr<KafkaLog> log;
  std::vector<Claimed> claims;
  std::vector<ClaimRefused> refusals;
  std::map<LogShard, Sequence> through;
  std::vector<Failed> failures;
  std::map<LogShard, std::vector<std::uint64_t>> sequences;
  std::vector<ReadEnd> ends;
  std::vector<LogShard> closed;
  std::vector<std::string> full;

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    woken_.notify_one();
  }

  std::string type_;
  std::random_device device_;
  std::mt19937_64 random_{device_()};
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
};

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
  BrokerSide one("pair", journal);
  BrokerSide two("pair", journal);
  for (std::uint32_t number = 0; number < shard_count; ++number) {
    one.claim(number);
    one.append_and_wait(number, 50);
  }
  ASSERT_TRUE(one.refusals.empty()) << one.refusals.front().message;
  two.claim(1);
  ASSERT_EQ(two.claims.size(), 1U);
  EXPECT_EQ(two.claims.front().next, Sequence(51));
  EXPECT_EQ(two.claims.front().predecessor, PredecessorEnd::open);
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
  BrokerSide one("cut", journal);
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

  BrokerSide two("cut", journal);
  two.claim(3);
  ASSERT_TRUE(two.refusals.empty()) << two.refusals.front().message;
  EXPECT_EQ(two.claims.front().predecessor, PredecessorEnd::closed);
  EXPECT_EQ(two.claims.front().next, Sequence(25));
  two.read(3);
  EXPECT_THAT(two.sequences[two.shard(3)], testing::ElementsAre(21, 22, 23, 24));
}

TEST(KafkaBroker, LargeRecordsAndManyCommitsAtOnce) {
  const JournalId journal = prepare("many").journal;
  BrokerSide one("many", journal, record_bytes_max_default);
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
  BrokerSide two("many", journal, record_bytes_max_default);
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
