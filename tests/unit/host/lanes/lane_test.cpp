// Goal: messages from other threads reach their entity on the lane, expired asks do not, and a drain ends the
// lane in order. Method: a real lane thread without Kafka, and the module "probe".

#include "host/lanes/lane.hpp"

#include <gtest/gtest.h>

#include <future>

#include "host/modules/registry.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

std::uint32_t first_partition(shoal_bytes, std::uint32_t) { return 0; }

class LaneTest : public testing::Test {
 protected:
  LaneTest() {
    const auto loaded = registry_.load(tests::test_module("probe"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    type_ = registry_.find_type("probe");
    Lane::Options options;
    options.partition_of = first_partition;
    lane_ = std::make_unique<Lane>(std::move(options));
    lane_->connect({lane_.get()});
    lane_->start();
    lane_->put([this](Lane& lane) { lane.open_type({TypeIndex{0}, 1, type_, {}, counters_}); });
  }
  ~LaneTest() override {
    lane_->drain();
    lane_->join();
  }

  Message make(const std::string& id, std::string_view name, std::string body) const {
    Message message;
    message.id = id;
    message.message_index = *type_->find_message(name);
    message.body = std::move(body);
    message.deadline = Clock::now() + 30s;
    return message;
  }

  bool put(Message message) {
    auto parcel = std::make_unique<Parcel>();
    add(*parcel, message);
    return lane_->put(parcel);
  }

  Result<Reply> ask(Message message) {
    std::promise<Result<Reply>> promise;
    auto answer = promise.get_future();
    message.on_reply = [&promise](Result<Reply> reply) { promise.set_value(std::move(reply)); };
    EXPECT_TRUE(put(std::move(message)));
    if (answer.wait_for(30s) != std::future_status::ready)
      return error(ErrorCode::deadline, "the lane is stuck");
    return answer.get();
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  std::shared_ptr<const modules::EntityType> type_;
  std::shared_ptr<TypeCounters> counters_ = std::make_shared<TypeCounters>();
  std::unique_ptr<Lane> lane_;
};

TEST_F(LaneTest, AsksAreAnsweredInOrder) {
  for (int i = 1; i <= 1'000; ++i) {
    const auto reply = ask(make("a", "count", ""));
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    ASSERT_EQ(reply.value().body, std::to_string(i));
  }
  EXPECT_EQ(counters_->entities.load(), 1U);
}

TEST_F(LaneTest, TellsRunBeforeTheNextAskOfTheSameSender) {
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(put(make("a", "count", "")));
  }
  EXPECT_EQ(ask(make("a", "count", "")).value().body, "501");
}

TEST_F(LaneTest, AnExpiredAskIsDroppedBeforeItsTurn) {
  auto late = make("a", "count", "");
  late.deadline = Clock::now() - 1ms;
  EXPECT_EQ(ask(std::move(late)).error().code, ErrorCode::deadline);
  EXPECT_EQ(ask(make("a", "count", "")).value().body, "1");
}

TEST_F(LaneTest, FailuresComeBackWithTheirReason) {
  EXPECT_EQ(ask(make("a", "fail", "told so")).error().message, "turn_failed: told so");
  EXPECT_EQ(ask(make("a", "garbled", "")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ask(make("a", "dead", "no")).error().message, "refused_by_turn: no");
  EXPECT_EQ(lane_->counters().message_dead_letters.load(), 3U);
}

TEST_F(LaneTest, CountsEntitiesThatEnd) {
  EXPECT_TRUE(ask(make("a", "count", "")).has_value());
  EXPECT_TRUE(ask(make("b", "count", "")).has_value());
  EXPECT_EQ(counters_->entities.load(), 2U);
  EXPECT_TRUE(ask(make("a", "stop", "")).has_value());
  EXPECT_EQ(counters_->entities.load(), 1U);
}

TEST_F(LaneTest, ADrainRunsWhatWaitsAndEnds) {
  std::atomic<int> answered{0};
  for (int i = 0; i < 2'000; ++i) {
    auto message = make(std::to_string(i), "count", "");
    message.on_reply = [&](const Result<Reply>& reply) { answered += reply.has_value() ? 1 : 0; };
    ASSERT_TRUE(put(std::move(message)));
  }
  lane_->drain();
  lane_->join();
  EXPECT_TRUE(lane_->ended());
  EXPECT_EQ(answered.load(), 2'000);
}

}  // namespace
}  // namespace shoal::lanes
