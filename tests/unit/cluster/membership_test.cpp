// Goal: a node is let in or refused with a reason that names what to change, gives up when it is told to, and
// tells a listener what is there. Method: two nodes whose messages are handed over by hand.

#include "cluster/membership.hpp"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

class MembershipTest : public testing::Test {
 protected:
  static std::unique_ptr<Membership> node(std::uint64_t uid, const Settings& settings, JoinConfig join) {
    MembershipConfig config;
    config.settings = settings;
    config.join = std::move(join);
    auto profile =
        std::make_shared<const Profile>(Profile{"node-" + std::to_string(uid), address(uid), Uid{uid}, {}});
    return std::make_unique<Membership>(std::move(profile), std::move(config), keep_majority(), uid);
  }
  static std::string address(std::uint64_t uid) { return "10.0.0." + std::to_string(uid) + ":7000"; }

  // Hands over all messages, and those that answer them, between the two.
  void exchange(Membership& first, Membership& second, std::int64_t now_ms) {
    std::vector<Send> sends = std::exchange(outputs.sends, {});
    for (std::size_t i = 0; i < sends.size() && i < 100; ++i) {
      const Send send = sends[i];
      Membership& to = send.address == first.self().address ? first : second;
      Membership& from = &to == &first ? second : first;
      to.receive(send.message, from.self().address, now_ms, outputs);
      for (Send& answer : outputs.sends) sends.push_back(std::move(answer));
      outputs.sends.clear();
    }
  }

  Outputs outputs;
};

TEST_F(MembershipTest, TwoNodesBecomeUpAndTellWhatIsThere) {
  const auto first = node(1, {{"shards", "64"}}, {.seeds = {address(1)}});
  const auto second = node(2, {{"shards", "64"}}, {.seeds = {address(1)}});
  first->start(0, outputs);
  EXPECT_TRUE(first->is_converged());
  second->start(0, outputs);
  exchange(*first, *second, 0);
  for (std::int64_t now_ms = 100; now_ms < 3'000; now_ms += 100) {
    first->tick(now_ms, outputs);
    second->tick(now_ms, outputs);
    exchange(*first, *second, now_ms);
  }
  const std::vector<MemberEvent> events = second->initial_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].state, MemberState::up);
  EXPECT_EQ(events[1].state, MemberState::up);
  EXPECT_EQ(oldest_of(second->table(), nullptr), Uid{1});
}

TEST_F(MembershipTest, ARefusalNamesTheSettingThatDiffers) {
  const auto first = node(1, {{"shards", "64"}}, {.seeds = {address(1)}});
  const auto second = node(2, {{"shards", "32"}}, {.seeds = {address(1)}});
  first->start(0, outputs);
  second->start(0, outputs);
  exchange(*first, *second, 0);
  ASSERT_TRUE(outputs.stop.has_value());
  EXPECT_EQ(outputs.stop->reason, StopReason::join_refused);
  EXPECT_EQ(outputs.stop->text,
            "shards is '32' on the joining node and '64' in the cluster: make them alike");
  EXPECT_FALSE(second->is_member());
}

TEST_F(MembershipTest, WhatOnlyOneNodeHasIsNoDifference) {
  const auto first = node(1, {{"shards of a", "64"}, {"abi", "1"}}, {.seeds = {address(1)}});
  const auto second = node(2, {{"abi", "1"}, {"shards of b", "32"}}, {.seeds = {address(1)}});
  first->start(0, outputs);
  second->start(0, outputs);
  exchange(*first, *second, 0);
  EXPECT_FALSE(outputs.stop.has_value());
  EXPECT_TRUE(second->is_member());
}

TEST_F(MembershipTest, WhoLeavesAloneOrWithAllOthersDoesNotWaitToBeRemoved) {
  const auto first = node(1, {}, {.seeds = {address(1)}});
  const auto second = node(2, {}, {.seeds = {address(1)}});
  first->start(0, outputs);
  second->start(0, outputs);
  exchange(*first, *second, 0);
  const auto run_until = [&](std::int64_t from_ms, std::int64_t end_ms) {
    for (std::int64_t now_ms = from_ms; now_ms < end_ms; now_ms += 100) {
      first->tick(now_ms, outputs);
      second->tick(now_ms, outputs);
      exchange(*first, *second, now_ms);
    }
  };
  run_until(100, 3'000);
  ASSERT_TRUE(first->is_converged());
  EXPECT_TRUE(first->leave(Uid{1}, 3'000, outputs));
  EXPECT_TRUE(second->leave(Uid{2}, 3'000, outputs));
  exchange(*first, *second, 3'000);
  run_until(3'100, 6'000);
  EXPECT_TRUE(first->is_over());
  EXPECT_TRUE(second->is_over());
  ASSERT_TRUE(outputs.stop.has_value());
  EXPECT_EQ(outputs.stop->reason, StopReason::left);
}

TEST_F(MembershipTest, ARemovedIncarnationIsRefused) {
  const auto first = node(1, {}, {.seeds = {address(1)}});
  first->start(0, outputs);
  for (int round = 0; round < 2; ++round) {
    const auto second = node(2, {}, {.seeds = {address(1)}});
    outputs.clear();
    second->start(0, outputs);
    exchange(*first, *second, 0);
    if (round == 0) {
      first->down(Uid{2}, 0, outputs);
    } else {
      ASSERT_TRUE(outputs.stop.has_value());
      EXPECT_EQ(outputs.stop->reason, StopReason::join_refused);
    }
  }
}

TEST_F(MembershipTest, JoiningEndsWhereNobodyAnswersForTheTimeGiven) {
  const auto second = node(2, {}, {.seeds = {address(1)}, .give_up_after_ms = 5'000});
  second->start(0, outputs);
  second->tick(4'000, outputs);
  EXPECT_FALSE(outputs.stop.has_value());
  second->tick(5'000, outputs);
  ASSERT_TRUE(outputs.stop.has_value());
  EXPECT_EQ(outputs.stop->reason, StopReason::join_timed_out);
}

TEST_F(MembershipTest, AJoiningMemberIsWeaklyUpWhileAnUnreachableOneStandsInTheWay) {
  const auto first = node(1, {}, {.seeds = {address(1)}});
  first->start(0, outputs);
  Message news;
  news.from = Uid{3};
  for (const std::uint64_t uid : {3U, 4U}) {
    auto profile = std::make_shared<const Profile>(Profile{"n", address(uid), Uid{uid}, {}});
    news.records.push_back({Member{.profile = profile,
                                   .state = uid == 3 ? MemberState::up : MemberState::joining,
                                   .up_number = uid == 3 ? 2U : 0U,
                                   .health = {.refutation = 0,
                                              .unreachable_through = uid == 3 ? Health::quarantined : 0,
                                              .accusers = {}}},
                            0});
  }
  first->receive(news, address(3), 100, outputs);
  first->tick(6'900, outputs);
  EXPECT_EQ(first->table().find(Uid{4})->state, MemberState::joining);
  first->tick(7'200, outputs);
  EXPECT_EQ(first->table().find(Uid{4})->state, MemberState::weakly_up);
}

}  // namespace
}  // namespace shoal::cluster
