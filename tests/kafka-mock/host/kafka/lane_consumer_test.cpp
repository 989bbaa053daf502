// Goal: a lane's consumer gives each record of its partitions once, in order, and says what failed and where.
// Method: one LaneConsumer against librdkafka's mock cluster in this process; faults are injected into the
// cluster.

#include "host/kafka/lane_consumer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "host/kafka/topics.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

namespace shoal::kafka {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr int error_group_authorization_failed = 30;

std::vector<std::int64_t> offsets_of(const std::vector<TakenRecord>& records) {
  std::vector<std::int64_t> offsets;
  for (const TakenRecord& record : records) offsets.push_back(record.offset);
  return offsets;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> offsets;
  for (std::int64_t offset = first; offset < end; ++offset) offsets.push_back(offset);
  return offsets;
}

class LaneConsumerTest : public testing::Test {
 protected:
  TestCluster cluster;
};

TEST_F(LaneConsumerTest, GivesARecordAsItWasWritten) {
  cluster.make_topic("one", 1);
  Producer::Options options;
  options.on_reports = [](LaneIndex, std::span<const DeliveryReport>) {};
  auto producer = Producer::create(cluster.config(), std::move(options)).value();
  const SinkTopic sink = producer->resolve("one").value();
  const std::array<shoal_header, 3> headers{
      {{to_bytes("a"), to_bytes("1")}, {to_bytes("empty"), to_bytes("")}, {to_bytes("null"), null_bytes}}};
  const std::string binary("a\0b", 3);
  producer->send(LaneIndex{0}, 0, sink, to_bytes(binary), to_bytes("value"), headers, 1'234'567'890'123);
  producer->send(LaneIndex{0}, 0, sink, null_bytes, null_bytes, {}, -1);
  producer->send(LaneIndex{0}, 0, sink, to_bytes(""), to_bytes(""), {}, -1);
  ASSERT_TRUE(producer->flush(test_deadline));

  Lane lane(cluster.config(), "group");
  const auto records = lane.take(lane.assign("one", 0, 0), 3);
  ASSERT_EQ(offsets_of(records), range(0, 3));
  EXPECT_EQ(records[0].topic, "one");
  EXPECT_EQ(records[0].partition, 0);
  EXPECT_EQ(records[0].key, binary);
  EXPECT_EQ(records[0].value, "value");
  EXPECT_EQ(records[0].timestamp_ms, 1'234'567'890'123);
  EXPECT_THAT(records[0].headers, ElementsAre(Pair("a", std::optional<std::string>("1")),
                                              Pair("empty", std::optional<std::string>("")),
                                              Pair("null", std::optional<std::string>())));
  EXPECT_EQ(records[1].key, std::nullopt);
  EXPECT_EQ(records[1].value, std::nullopt);
  EXPECT_TRUE(records[1].headers.empty());
  EXPECT_GT(records[1].timestamp_ms, 1'500'000'000'000);
  EXPECT_EQ(records[2].key, "");
  EXPECT_EQ(records[2].value, "");
}

TEST_F(LaneConsumerTest, GivesEachPartitionInOrderFromItsStart) {
  cluster.make_topic("two", 2);
  fill(cluster.config(), "two", 2, 500);
  Lane lane(cluster.config(), "group");
  const std::array<PartitionStart, 2> starts{
      {{"two", Partition{0}, Offset{100}}, {"two", Partition{1}, offset_earliest}}};
  const auto slots = lane.consumer().assign(starts).value();
  ASSERT_EQ(slots.size(), 2u);
  EXPECT_EQ(offsets_of(lane.take(slots[1], 500)), range(0, 500));
  EXPECT_EQ(offsets_of(lane.take(slots[0], 400)), range(100, 500));
}

TEST_F(LaneConsumerTest, StartsAtTheEndWhereToldTo) {
  cluster.make_topic("end", 1);
  fill(cluster.config(), "end", 1, 10);
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("end", 0, offset_latest.value);
  // The end is looked up after the assignment: a known watermark shows that it is done.
  ASSERT_TRUE(lane.until([&] { return lane.consumer().high_watermark(slot) == 10; }));
  fill(cluster.config(), "end", 1, 5);
  EXPECT_EQ(offsets_of(lane.take(slot, 5)), range(10, 15));
}

TEST_F(LaneConsumerTest, WakesTheLaneForANewRecord) {
  cluster.make_topic("wake", 1);
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("wake", 0, 0);
  std::array<shoal_record, 8> records;
  ASSERT_TRUE(lane.until([&] { return lane.consumer().high_watermark(slot) == 0; }));
  for (int round = 0; round < 3; ++round) {
    while (lane.consumer().take(slot, records) > 0) lane.consumer().release();
    while (lane.wake().wait(std::chrono::milliseconds(0))) {
    }
    fill(cluster.config(), "wake", 1, 1);
    ASSERT_TRUE(lane.wake().wait(test_deadline));
    ASSERT_EQ(offsets_of(lane.take(slot, 1)), range(round, round + 1));
  }
}

TEST_F(LaneConsumerTest, CommitsAndResumes) {
  cluster.make_topic("resume", 1);
  fill(cluster.config(), "resume", 1, 100);
  {
    Lane lane(cluster.config(), "resumers");
    const PartitionSlot slot = lane.assign("resume", 0, 0);
    ASSERT_EQ(lane.take(slot, 60).size(), 60u);
    const CommitPosition position{slot, Offset{40}};
    ASSERT_EQ(lane.consumer().commit({&position, 1}), CommitStart::started);
    EXPECT_EQ(lane.consumer().commit({&position, 1}), CommitStart::busy);
    const auto committed = lane.wait_for(ConsumerEvent::Kind::committed);
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->slot, slot);
    EXPECT_EQ(committed->offset, Offset{40});
    EXPECT_EQ(lane.consumer().commit({}), CommitStart::started);
  }
  auto topics = TopicClient::create(cluster.config(), "test").value();
  const std::array<Partition, 1> partitions{Partition{0}};
  const auto question = start_question("resumers", "resume", partitions, config::Start::committed);
  const auto starts = topics->start_offsets(question, test_deadline);
  ASSERT_TRUE(starts) << starts.error().message;
  Lane lane(cluster.config(), "resumers");
  const PartitionSlot slot = lane.assign("resume", 0, starts.value()[0].start.value);
  EXPECT_EQ(offsets_of(lane.take(slot, 60)), range(40, 100));
  const CommitPosition position{slot, Offset{100}};
  EXPECT_TRUE(lane.consumer().commit_now({&position, 1}, test_deadline));
  EXPECT_EQ(topics->start_offsets(question, test_deadline).value()[0].committed, Offset{100});
}

TEST_F(LaneConsumerTest, CommitNowWaitsForTheCommitInFlight) {
  cluster.make_topic("now", 2);
  Lane lane(cluster.config(), "group");
  const PartitionSlot first = lane.assign("now", 0, 0);
  const PartitionSlot second = lane.assign("now", 1, 0);
  const CommitPosition one{first, Offset{7}};
  const CommitPosition other{second, Offset{8}};
  ASSERT_EQ(lane.consumer().commit({&one, 1}), CommitStart::started);
  const auto result = lane.consumer().commit_now({&other, 1}, test_deadline);
  ASSERT_TRUE(result) << result.error().message;
  lane.consumer().poll(lane.events);
  ASSERT_EQ(lane.events.size(), 2u);
  EXPECT_EQ(lane.events[0].slot, first);
  EXPECT_EQ(lane.events[1].slot, second);
}

TEST_F(LaneConsumerTest, ARefusedCommitIsSaidAndMayBeTriedAgain) {
  cluster.make_topic("refused", 1);
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("refused", 0, 0);
  const CommitPosition position{slot, Offset{3}};
  cluster.fail_requests(api_offset_commit, error_group_authorization_failed, 2);
  ASSERT_EQ(lane.consumer().commit({&position, 1}), CommitStart::started);
  const auto failed = lane.wait_for(ConsumerEvent::Kind::commit_failed);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->slot, slot);
  EXPECT_THAT(failed->message, AllOf(HasSubstr("topic refused partition 0"), HasSubstr("offset 3")));
  const auto refused = lane.consumer().commit_now({&position, 1}, test_deadline);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(lane.consumer().commit_now({&position, 1}, test_deadline));
}

TEST_F(LaneConsumerTest, CommitNowEndsAtItsDeadline) {
  cluster.make_topic("late", 1);
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("late", 0, 0);
  cluster.set_down();
  const CommitPosition position{slot, Offset{3}};
  const auto late = lane.consumer().commit_now({&position, 1}, std::chrono::milliseconds(200));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::deadline);
}

TEST_F(LaneConsumerTest, AnOffsetThatIsNotThereStopsThePartitionByName) {
  cluster.make_topic("short", 2);
  fill(cluster.config(), "short", 2, 10);
  Lane lane(cluster.config(), "group");
  const PartitionSlot good = lane.assign("short", 0, 5);
  const PartitionSlot bad = lane.assign("short", 1, 1'000);
  std::array<shoal_record, 8> records;
  std::optional<ConsumerEvent> event;
  ASSERT_TRUE(lane.until([&] {
    EXPECT_EQ(lane.consumer().take(bad, records), 0u);
    lane.consumer().poll(lane.events);
    for (const ConsumerEvent& one : lane.events) {
      if (one.kind == ConsumerEvent::Kind::offset_out_of_range) event = one;
    }
    return event.has_value();
  }));
  EXPECT_EQ(event->slot, bad);
  EXPECT_EQ(event->offset, Offset{1'000});
  EXPECT_THAT(event->message, AllOf(HasSubstr("topic short partition 1"), HasSubstr("1000")));
  EXPECT_EQ(offsets_of(lane.take(good, 5)), range(5, 10));
  // The same slot after a decision of the operator's.
  ASSERT_TRUE(lane.consumer().unassign({&bad, 1}));
  EXPECT_EQ(offsets_of(lane.take(lane.assign("short", 1, 0), 10)), range(0, 10));
}

TEST_F(LaneConsumerTest, AMissingTopicIsSaidForItsPartition) {
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("short", 900, 0);
  std::array<shoal_record, 8> records;
  ASSERT_TRUE(lane.until([&] {
    lane.consumer().take(slot, records);
    lane.consumer().poll(lane.events);
    return !lane.events.empty();
  }));
  EXPECT_EQ(lane.events[0].kind, ConsumerEvent::Kind::topic_gone);
  EXPECT_EQ(lane.events[0].slot, slot);
}

TEST_F(LaneConsumerTest, ABrokerThatIsAbsentAtStartIsSaidAndWaitedFor) {
  cluster.make_topic("absent", 1);
  fill(cluster.config(), "absent", 1, 10);
  cluster.set_down();
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("absent", 0, 0);
  const auto event = lane.wait_for(ConsumerEvent::Kind::unreachable);
  ASSERT_TRUE(event);
  EXPECT_THAT(event->message, HasSubstr("kafka.bootstrap_servers"));
  cluster.set_up();
  EXPECT_EQ(offsets_of(lane.take(slot, 10)), range(0, 10));
}

TEST_F(LaneConsumerTest, ABrokerThatGoesAndComesLosesNothing) {
  cluster.make_topic("flap", 1);
  fill(cluster.config(), "flap", 1, 2'000);
  auto kafka = cluster.config();
  kafka.client["fetch.message.max.bytes"] = "1000";
  Lane lane(kafka, "group", 1'024);
  const PartitionSlot slot = lane.assign("flap", 0, 0);
  auto records = lane.take(slot, 100);
  cluster.set_down();
  ASSERT_TRUE(lane.wait_for(ConsumerEvent::Kind::unreachable));
  cluster.set_up();
  for (TakenRecord& record : lane.take(slot, 1'900)) records.push_back(std::move(record));
  EXPECT_EQ(offsets_of(records), range(0, 2'000));
}

TEST_F(LaneConsumerTest, AHeldPartitionLosesNothingWhenItsQueueIsFull) {
  cluster.make_topic("held", 2);
  fill(cluster.config(), "held", 2, 4'000, 1'000);  // four times the bound of the queue
  Lane lane(cluster.config(), "group", 1'024);
  const PartitionSlot held = lane.assign("held", 0, 0);
  const PartitionSlot running = lane.assign("held", 1, 0);
  EXPECT_EQ(offsets_of(lane.take(running, 4'000)), range(0, 4'000));
  EXPECT_EQ(offsets_of(lane.take(held, 4'000)), range(0, 4'000));
}

TEST_F(LaneConsumerTest, TakenRecordsOutliveTheirPartition) {
  cluster.make_topic("views", 1);
  fill(cluster.config(), "views", 1, 10);
  Lane lane(cluster.config(), "group");
  const PartitionSlot slot = lane.assign("views", 0, 0);
  std::array<shoal_record, 10> records;
  std::size_t taken = 0;
  ASSERT_TRUE(lane.until([&] {
    taken += lane.consumer().take(slot, std::span(records).subspan(taken));
    return taken == 10;
  }));
  ASSERT_TRUE(lane.consumer().unassign({&slot, 1}));
  EXPECT_EQ(lane.assign("views", 0, 5), slot) << "a free slot is used again";
  EXPECT_EQ(to_view(records[9].topic), "views");
  EXPECT_EQ(to_view(records[9].value), "9");
  lane.consumer().release();
  EXPECT_EQ(offsets_of(lane.take(slot, 5)), range(5, 10));
}

TEST_F(LaneConsumerTest, RefusesWhatCannotBeAssigned) {
  cluster.make_topic("once", 2);
  Lane lane(cluster.config(), "group");
  lane.assign("once", 0, 0);
  const PartitionStart again{"once", Partition{0}, Offset{0}};
  const auto twice = lane.consumer().assign({&again, 1});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(twice.error().message, HasSubstr("topic once partition 0 is assigned already"));
  const PartitionStart nowhere{"once", Partition{1}, Offset{-1001}};
  const auto no_position = lane.consumer().assign({&nowhere, 1});
  ASSERT_FALSE(no_position);
  EXPECT_THAT(no_position.error().message, HasSubstr("-1001"));
}

TEST_F(LaneConsumerTest, RefusesAKeyOfTheConfiguration) {
  auto kafka = cluster.config();
  kafka.client["enable.auto.commit"] = "true";
  const auto created = LaneConsumer::create(kafka, "group", {});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::bad_config);
}

TEST_F(LaneConsumerTest, TakesAKeyThatOnlyProducersKnow) {
  auto kafka = cluster.config();
  kafka.client["compression.type"] = "lz4";
  EXPECT_TRUE(LaneConsumer::create(kafka, "group", {}));
}

}  // namespace
}  // namespace shoal::kafka
