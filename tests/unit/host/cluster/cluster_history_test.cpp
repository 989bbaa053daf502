// Goal: the view and the events are read together, a slow reader learns how much it missed, and the state
// comes as events. Method: views and events are published by hand.
#include "host/cluster/cluster_history.hpp"

#include <gtest/gtest.h>

namespace shoal::node {
namespace {

management::ClusterMember member(const std::string& address, const std::string& status) {
  management::ClusterMember made;
  made.address = address;
  made.status = status;
  made.uid = 7;
  return made;
}

management::ClusterEvent event(const std::string& address) {
  management::ClusterEvent made;
  made.type = "MemberUp";
  made.member = member(address, "Up");
  made.member.uid = 8;
  return made;
}

TEST(ClusterHistory, PagesGoOnWhereTheLastEndedAndSayWhatIsMissing) {
  ClusterHistory history({});
  EXPECT_TRUE(history.events({}, 10).events.empty());
  for (std::size_t i = 0; i < ClusterHistory::events_max + 5; ++i) history.publish({}, {event("a:1")}, 100);
  auto page = history.events(0, 10);
  EXPECT_EQ(page.missed, 5U);
  EXPECT_EQ(page.events.front().number, 6U);
  EXPECT_EQ(page.last, 15U);
  page = history.events(page.last, 2'000);
  EXPECT_EQ(page.events.front().number, 16U);
  EXPECT_EQ(page.last, 1'005U);
  EXPECT_EQ(page.missed, 0U);
  EXPECT_TRUE(history.events(page.last, 10).events.empty());
  EXPECT_EQ(history.events(9'999, 10).last, 1'005U);
  page = history.events({}, 3);
  EXPECT_EQ(page.events.front().number, 1'003U);
  EXPECT_EQ(page.missed, 0U);
}

TEST(ClusterHistory, AChangeOfTheLeaderIsAnEvent) {
  ClusterHistory history({});
  management::ClusterView view;
  view.leader = "a:1";
  history.publish(view, {event("a:1")}, 100);
  history.publish(view, {}, 200);
  view.leader = "";
  history.publish(view, {}, 300);
  const auto page = history.events(0, 10);
  ASSERT_EQ(page.events.size(), 3U);
  EXPECT_EQ(page.events[1].type, "LeaderChanged");
  EXPECT_EQ(page.events[1].member.address, "a:1");
  EXPECT_EQ(page.events[2].member.address, "");
  EXPECT_EQ(page.events[2].time_ms, 300);
  EXPECT_EQ(history.view()->leader, "");
}

TEST(ClusterHistory, TheStateComesAsEvents) {
  ClusterHistory history({});
  management::ClusterView view;
  for (const char* status : {"Joining", "WeaklyUp", "Up", "Leaving", "Exiting", "Down"}) {
    view.members.push_back(member(std::string(status) + ":1", status));
  }
  view.members[2].is_reachable = false;
  view.leader = "a:1";
  history.publish(view, {event("a:1")}, 100);
  const auto page = history.initial_events();
  std::vector<std::string> types;
  for (const auto& each : page.events) types.push_back(each.type);
  EXPECT_EQ(types,
            (std::vector<std::string>{"MemberJoined", "MemberWeaklyUp", "MemberUp", "UnreachableMember",
                                      "MemberLeft", "MemberExited", "MemberDowned", "LeaderChanged"}));
  EXPECT_EQ(page.last, 2U);
  EXPECT_TRUE(history.events(page.last, 10).events.empty());
}

TEST(ClusterHistory, EventsOfOneAreFoundByAddressOrIncarnation) {
  ClusterHistory history({});
  history.publish({}, {event("a:1"), event("b:1"), event("a:1")}, 100);
  EXPECT_EQ(history.events_of("a:1", 0).size(), 2U);
  EXPECT_EQ(history.events_of("", 8).size(), 3U);
  management::ClusterView view;
  view.leader = "c:1";
  history.publish(view, {}, 100);
  EXPECT_TRUE(history.events_of("c:1", 0).empty());
}

}  // namespace
}  // namespace shoal::node
