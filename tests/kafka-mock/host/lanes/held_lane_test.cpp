// Goal: a lane that sleeps because the producer is full goes on when it has room, with the turns that have
// ended on other threads meanwhile; nothing is lost. Method: two real lanes, the module "script", a producer
// of few records and a mock broker that goes away.

#include <gtest/gtest.h>

#include <memory>

#include "host/kafka/producer.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"
#include "tests/unit/host/lanes/gate.hpp"
#include "tests/unit/host/lanes/script_lanes.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kQueueRecords = 8;

// What the lanes need before they are made.
class Broker {
 protected:
  Broker() {
    cluster_.make_topic("out", 1);
    kafka::Producer::Options options;
    options.lane_count = 2;
    options.client_id = "shoal-test";
    options.queue_records_max = kQueueRecords;
    options.on_reports = [this](LaneIndex lane, std::span<const kafka::DeliveryReport> reports) {
      put_reports_(lane, reports);
    };
    auto made = kafka::Producer::create(cluster_.config(), std::move(options));
    EXPECT_TRUE(made.has_value()) << made.error().message;
    producer_ = std::move(made).value();
  }

  void give(Lane::Options& options) const {
    options.producer = producer_.get();
    options.sinks = {"out"};
    options.outputs = {{"out", producer_->resolve("out").value()}};
  }

  kafka::TestCluster cluster_;
  kafka::Producer::OnReports put_reports_;
  std::unique_ptr<kafka::Producer> producer_;
};

class HeldLaneTest : private Broker, public ScriptLanes {
 protected:
  HeldLaneTest() : ScriptLanes({}, std::chrono::seconds(1), nullptr, [this](Lane::Options& o) { give(o); }) {
    put_reports_ = [this](LaneIndex lane, std::span<const kafka::DeliveryReport> reports) {
      lanes_[lane.value]->put(reports);
    };
  }
  ~HeldLaneTest() override { EXPECT_TRUE(producer_->flush(std::chrono::seconds(30))); }

  const OutputCounters& output() { return lane_of("a0").counters().outputs[0]; }
  // The producer has no room, and records of the lane wait for it.
  bool is_held() {
    const auto& waiting = lane_of("a0").counters().waiting.outbox_bytes;
    return comes_true([&] { return waiting.load() > 0; }) && output().emitted.load() == kQueueRecords;
  }

  void set_down() { cluster_.set_down(); }
  void set_up() { cluster_.set_up(); }
};

TEST_F(HeldLaneTest, TurnsThatEndMeanwhileAreTakenBackWhenThereIsRoom) {
  constexpr std::uint64_t kEmits = 3 * kQueueRecords;
  Gate gate(directory_ / "gate");
  tell("blocking/a0", gate.command() + ";note 1;emit 1;tell script/c1 note told");
  ASSERT_TRUE(gate.is_reached());
  tell("blocking/a0", "note 2;emit 2");
  EXPECT_EQ(answer("script/a0", "note 1;read"), "1");  // so the message before waits at its entity
  set_down();
  std::string emits;
  for (std::uint64_t i = 0; i < kEmits; ++i) emits += "emit x;";
  tell("script/b0", emits + "note sent");
  ASSERT_TRUE(is_held());
  tell("script/b0", "note later");
  gate.open();
  EXPECT_TRUE(comes_true([&] { return pool_->running() == 0; }));
  EXPECT_TRUE(is_held()) << "the turn that has ended waits with the lane";
  EXPECT_EQ(answer("script/c1", "read"), "");
  set_up();
  EXPECT_EQ(notes("blocking/a0", "1,2"), "1,2");
  EXPECT_EQ(notes("script/b0", "sent,later"), "sent,later");
  EXPECT_EQ(notes("script/c1", "told"), "told");
  EXPECT_TRUE(comes_true([&] { return output().acknowledged.load() >= kEmits + 2; }));
  EXPECT_EQ(output().acknowledged.load(), kEmits + 2);
  EXPECT_EQ(output().emitted.load(), kEmits + 2);
  EXPECT_EQ(output().failed.load(), 0U);
}

}  // namespace
}  // namespace shoal::lanes
