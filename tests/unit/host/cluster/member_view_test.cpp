// Goal: members are found by every form of their name and by no other, and what is known is shown with its
// names. Method: views and tables made by hand.
#include "host/cluster/member_view.hpp"

#include <gtest/gtest.h>

namespace shoal::node {
namespace {

management::ClusterView two_members() {
  management::ClusterView view;
  view.members.push_back({"10.0.0.1:7", "first", 11, "Up", {}, true, {}});
  view.members.push_back({"10.0.0.2:7", "second", 12, "Up", {}, true, {}});
  return view;
}

TEST(MemberView, AMemberIsFoundByAddressNameOrUid) {
  const management::ClusterView view = two_members();
  for (const char* node : {"10.0.0.2:7", "second", "12", "shoal://test@10.0.0.2:7", "test@10.0.0.2:7"}) {
    ASSERT_TRUE(find_member(view, node).has_value()) << node;
    EXPECT_EQ(find_member(view, node).value().uid, 12U) << node;
  }
  for (const char* node : {"", "10.0.0.2", "third", "1", "shoal://test@10.0.0.3:7"}) {
    EXPECT_EQ(find_member(view, node).error().code, ErrorCode::not_found) << node;
  }
}

TEST(MemberView, ANameThatSeveralHaveIsRefused) {
  management::ClusterView view = two_members();
  view.members[1].name = "first";
  EXPECT_EQ(find_member(view, "first").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(find_member(view, "10.0.0.2:7").value().uid, 12U);
}

TEST(MemberView, EventsHaveAkkasNames) {
  using Kind = cluster::MemberEvent::Kind;
  using cluster::MemberState;
  EXPECT_STREQ(event_name({nullptr, Kind::state, MemberState::weakly_up}), "MemberWeaklyUp");
  EXPECT_STREQ(event_name({nullptr, Kind::state, MemberState::removed}), "MemberRemoved");
  EXPECT_STREQ(event_name({nullptr, Kind::unreachable, MemberState::up}), "UnreachableMember");
  EXPECT_STREQ(event_name({nullptr, Kind::reachable, MemberState::up}), "ReachableMember");
  EXPECT_STREQ(status_name(MemberState::weakly_up), "WeaklyUp");
}

TEST(MemberView, WhatAMemberSaysOfItselfIsShownInPercentAndBytes) {
  cluster::NodeMetrics metrics;
  metrics.cpu_permille = 125;
  metrics.lanes_permille = 1'000;
  metrics.memory_mib = 5'000;
  metrics.shards = 64;
  metrics.lag = 7;
  const management::MemberLoad shown = view_of(metrics);
  EXPECT_EQ(shown.cpu_percent, 12.5);
  EXPECT_EQ(shown.lanes_percent, 100);
  EXPECT_EQ(shown.resident_memory_bytes, 5'242'880'000U);
  EXPECT_EQ(shown.shards, 64U);
  EXPECT_EQ(shown.lag, 7U);
}

TEST(MemberView, ADecisionNamesWhomItWasAbout) {
  cluster::MemberTable table(1'000);
  cluster::DowningRecord record;
  record.at_ms = 500;
  record.strategy = "keep-majority";
  record.decision.verdict = cluster::Verdict::down_unreachable;
  cluster::SplitMember gone;
  gone.uid = cluster::Uid{12};
  gone.address = "10.0.0.2:7";
  gone.is_reachable = false;
  gone.accusers.insert(cluster::Uid{11});
  gone.accusers.insert(cluster::Uid{13});
  cluster::SplitMember here;
  here.uid = cluster::Uid{11};
  here.address = "10.0.0.1:7";
  record.split = {here, gone};
  record.decision.to_down = {gone.uid};
  const management::DowningDecision shown = view_of(record, table, 1'000'000);
  EXPECT_EQ(shown.time_ms, 1'000'500);
  EXPECT_EQ(shown.verdict, "down-unreachable");
  EXPECT_EQ(shown.downed, std::vector<std::string>{"10.0.0.2:7"});
  EXPECT_FALSE(shown.members[1].is_reachable);
  EXPECT_EQ(shown.members[1].accusers, (std::vector<std::string>{"10.0.0.1:7", "13"}));
}

}  // namespace
}  // namespace shoal::node
