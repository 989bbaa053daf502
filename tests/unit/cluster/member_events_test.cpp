// Goal: a listener gets what is there and then each event once, and what waits for up or removed runs once,
// at once where that moment is over. Method: a cluster of one, and members that it is told of.

#include "cluster/member_events.hpp"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

class MemberEventsTest : public testing::Test {
 protected:
  MemberEventsTest() {
    MembershipConfig config;
    config.join.seeds = {"10.0.0.1:7000"};
    membership = std::make_unique<Membership>(profile(1), std::move(config), keep_majority(), 1);
  }
  static std::shared_ptr<const Profile> profile(std::uint64_t uid) {
    return std::make_shared<const Profile>(
        Profile{"n", "10.0.0." + std::to_string(uid) + ":7000", Uid{uid}, {}});
  }
  void start() {
    membership->start(0, outputs);
    publish();
  }
  void tell_of(std::uint64_t uid) {
    Message news;
    news.from = Uid{uid};
    news.records.push_back(
        {Member{.profile = profile(uid), .state = MemberState::joining, .up_number = 0, .health = {}}, 0});
    membership->receive(news, "10.0.0.9:7000", 1, outputs);
    publish();
  }
  void publish() {
    events.publish(*membership, outputs);
    outputs.clear();
  }
  MemberEvents::OnEvent into(std::vector<std::uint64_t>& uids) {
    return [&uids](const MemberEvent& event) { uids.push_back(event.profile->uid.value); };
  }

  std::unique_ptr<Membership> membership;
  Outputs outputs;
  MemberEvents events;
};

TEST_F(MemberEventsTest, AListenerGetsWhatIsThereAsItAsks) {
  start();
  std::vector<std::uint64_t> after_events;
  std::vector<std::uint64_t> after_snapshot;
  std::size_t members = 0;
  events.listen_after_events(*membership, into(after_events));
  events.listen_after_snapshot(
      *membership, [&](const MembersSnapshot& snapshot) { members = snapshot.members.size(); },
      into(after_snapshot));
  EXPECT_EQ(after_events, std::vector<std::uint64_t>{1});
  EXPECT_EQ(members, 1U);
  EXPECT_TRUE(after_snapshot.empty());
  tell_of(2);
  EXPECT_EQ(after_snapshot.front(), 2U);
  EXPECT_EQ(after_events.size(), after_snapshot.size() + 1);
}

TEST_F(MemberEventsTest, CallbacksMayRegisterAndCancel) {
  start();
  std::vector<std::uint64_t> late;
  std::uint64_t heard = 0;
  MemberEvents::Id id;
  id = events.listen_after_snapshot(
      *membership, [](const MembersSnapshot&) {},
      [&](const MemberEvent&) {
        ++heard;
        events.cancel(id);
        events.listen_after_snapshot(
            *membership, [](const MembersSnapshot&) {}, into(late));
      });
  tell_of(2);
  EXPECT_EQ(heard, 1U);
  EXPECT_TRUE(late.empty());
  tell_of(3);
  EXPECT_EQ(heard, 1U);
  EXPECT_FALSE(late.empty());
}

TEST_F(MemberEventsTest, MetricsAreHeardOnceEachTheLastOnesFirst) {
  start();
  const auto say = [&](std::uint32_t shards) {
    NodeMetrics metrics;
    metrics.shards = shards;
    membership->publish(metrics, outputs);
    publish();
  };
  say(1);
  say(2);
  std::vector<std::uint32_t> heard;
  const auto into_heard = [&](const NodeMetrics& metrics) { heard.push_back(metrics.shards); };
  const MemberEvents::Id id = events.listen_to_metrics(*membership, into_heard);
  EXPECT_EQ(heard, std::vector<std::uint32_t>{2});
  say(3);
  events.cancel(id);
  say(4);
  EXPECT_EQ(heard, (std::vector<std::uint32_t>{2, 3}));
}

TEST_F(MemberEventsTest, UpAndRemovedRunOnceAndAtOnceWhereTheyAreOver) {
  int up = 0;
  int removed = 0;
  events.on_up([&] { ++up; });
  events.on_removed([&] { ++removed; });
  EXPECT_EQ(up, 0);
  start();
  EXPECT_EQ(up, 1);
  events.on_up([&] { ++up; });
  EXPECT_EQ(up, 2);
  EXPECT_EQ(removed, 0);
  membership->down(Uid{1}, 1, outputs);
  publish();
  EXPECT_EQ(removed, 1);
  events.on_removed([&] { ++removed; });
  EXPECT_EQ(removed, 2);
  EXPECT_EQ(up, 2);
}

TEST_F(MemberEventsTest, WhoNeverBecameUpRunsOnlyWhatWaitsForItsEnd) {
  int up = 0;
  int removed = 0;
  events.on_up([&] { ++up; });
  events.on_removed([&] { ++removed; });
  outputs.stop = Stop{StopReason::join_refused, "no"};
  publish();
  events.on_up([&] { ++up; });
  EXPECT_EQ(up, 0);
  EXPECT_EQ(removed, 1);
}

}  // namespace
}  // namespace shoal::cluster
