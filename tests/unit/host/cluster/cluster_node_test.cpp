// Goal: hosts become members through their seeds or when they are told to, see who goes and why, and refuse
// who does not fit or speaks for another. Method: several nodes in one process, with their threads and
// sockets on loopback.
#include "host/cluster/cluster_node.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>

#include "cluster/wire.hpp"

namespace shoal::node {
namespace {

// A port that nobody listens on now.
std::string free_address() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

template <class Condition>
bool wait_until(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(40);
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    never.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A member whose membership moves only when it is told to: it can fall silent there and speak elsewhere.
class HandMovedMember {
 public:
  explicit HandMovedMember(const std::string& seed) {
    transport::Options options;
    options.bind = "tcp://127.0.0.1:0";
    options.self = {"by-hand", "", cluster::Uid{5}};
    options.cluster_name = "test";
    auto started = transport::Transport::start(options, {});
    EXPECT_TRUE(started.has_value()) << started.error().message;
    transport_ = std::move(started).value();
    cluster::MembershipConfig config;
    config.join.seeds = {seed};
    auto profile =
        std::make_shared<const cluster::Profile>(cluster::Profile{"by-hand", address(), cluster::Uid{5}, {}});
    membership_ =
        std::make_unique<cluster::Membership>(std::move(profile), config, cluster::keep_majority(), 1);
    membership_->start(steady_ms(), outputs_);
    follow();
  }

  const std::string& address() const { return transport_->self().address; }
  void move() {
    std::vector<transport::Received> received;
    transport_->take(transport::Channel::membership, received);
    for (const transport::Received& each : received) {
      for (const std::string_view bytes : each.batch) {
        membership_->receive(cluster::decode(bytes).value(), each.from->address, steady_ms(), outputs_);
        follow();
      }
    }
    if (steady_ms() >= membership_->wakeup_ms()) membership_->tick(steady_ms(), outputs_);
    follow();
  }
  void chat(const std::string& to) {
    static_cast<void>(transport_->send(to, transport::Channel::user, "hello"));
  }

 private:
  void follow() {
    for (const cluster::Send& send : outputs_.sends) {
      std::string bytes;
      cluster::encode(send.message, bytes);
      static_cast<void>(transport_->send(send.address, transport::Channel::membership, bytes));
    }
    outputs_.clear();
  }

  std::unique_ptr<transport::Transport> transport_;
  std::unique_ptr<cluster::Membership> membership_;
  cluster::Outputs outputs_;
};

class ClusterNodeTest : public testing::Test {
 protected:
  ClusterNodeOptions options(const std::string& name) const {
    ClusterNodeOptions made;
    made.cluster_name = "test";
    made.bind = free_address();
    made.name = name;
    made.roles = {"role-of-" + name};
    made.membership.join.seeds = seeds_;
    made.membership.join.seed_timeout_ms = 200;
    made.membership.join.ask_again_ms = 100;
    made.membership.downing.stable_after_ms = 1'000;
    made.strategy = cluster::keep_majority();
    return made;
  }

  std::unique_ptr<ClusterNode> start(ClusterNodeOptions options) {
    auto started = ClusterNode::start(std::move(options));
    EXPECT_TRUE(started.has_value()) << started.error().message;
    return std::move(started).value();
  }
  // The seed, which begins the cluster.
  std::unique_ptr<ClusterNode> start_first() {
    ClusterNodeOptions first = options("first");
    seeds_ = {first.bind};
    first.membership.join.seeds = seeds_;
    return start(std::move(first));
  }

  static bool sees_up(ClusterNode& node, std::size_t count) {
    return wait_until([&] {
      const auto view = node.view();
      return view->is_converged && view->members.size() == count &&
             std::all_of(view->members.begin(), view->members.end(),
                         [](const auto& member) { return member.status == "Up" && member.is_reachable; });
    });
  }
  static bool ends(ClusterNode& node, cluster::StopReason reason) {
    return wait_until([&] { return node.ended().has_value(); }) && node.ended()->reason == reason;
  }
  static bool ends_unwanted(ClusterNode& node) {
    return wait_until([&] { return node.ended().has_value(); }) && is_unwanted(node.ended()->reason);
  }
  static Result<management::ClusterMember> change(ClusterNode& node, const std::string& other,
                                                  management::MemberOperation operation) {
    std::promise<Result<management::ClusterMember>> answer;
    node.change_member(other, operation, [&](auto result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  static Result<management::MemberExplanation> explain(ClusterNode& node, const std::string& other) {
    std::promise<Result<management::MemberExplanation>> answer;
    node.explain(other, [&](auto result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  static Result<void> join(ClusterNode& node, const std::string& address) {
    std::promise<Result<void>> answer;
    node.join(address, [&](auto result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }

  std::vector<std::string> seeds_;
};

TEST_F(ClusterNodeTest, SeedsAreEnough) {
  const auto first = start_first();
  const auto second = start(options("second"));
  const auto third = start(options("third"));
  for (ClusterNode* node : {first.get(), second.get(), third.get()}) EXPECT_TRUE(sees_up(*node, 3));
  const auto view = third->view();
  EXPECT_TRUE(view->is_up());
  EXPECT_EQ(view->oldest, first->address());
  EXPECT_EQ(view->oldest_per_role.at("role-of-second"), second->address());
  EXPECT_EQ(view->leader, first->view()->leader);
  EXPECT_GT(third->status().channels[0].messages_in, 0U);
  const auto events = third->initial_events();
  EXPECT_EQ(std::count_if(events.events.begin(), events.events.end(),
                          [](const auto& event) { return event.type == "MemberUp"; }),
            3);
}

TEST_F(ClusterNodeTest, WhoLeavesIsSeenToGo) {
  const auto first = start_first();
  const auto second = start(options("second"));
  ASSERT_TRUE(sees_up(*first, 2));
  second->leave();
  EXPECT_TRUE(ends(*second, cluster::StopReason::left));
  EXPECT_TRUE(sees_up(*first, 1));
  const auto page = first->events(0, 100);
  const auto removed = std::find_if(page.events.begin(), page.events.end(),
                                    [](const auto& event) { return event.type == "MemberRemoved"; });
  ASSERT_NE(removed, page.events.end());
  EXPECT_EQ(removed->previous_status, "Exiting");
  const auto explained = explain(*first, second->address());
  ASSERT_TRUE(explained.has_value());
  EXPECT_FALSE(explained.value().member.has_value());
  EXPECT_GE(explained.value().events.size(), 4U);
  EXPECT_TRUE(wait_until([&] { return second->view()->self.status == "Removed"; }));
  first->leave();
  EXPECT_TRUE(ends(*first, cluster::StopReason::left));
}

TEST_F(ClusterNodeTest, WhoIsNoMemberYetLeavesAtOnce) {
  seeds_ = {"127.0.0.1:1"};
  const auto node = start(options("lonely"));
  node->leave();
  EXPECT_TRUE(ends(*node, cluster::StopReason::left));
}

TEST_F(ClusterNodeTest, WhoIsGoneIsUnreachableThenDowned) {
  const auto first = start_first();
  const auto second = start(options("second"));
  auto third = start(options("third"));
  const std::string address = third->address();
  ASSERT_TRUE(sees_up(*first, 3));
  ASSERT_TRUE(sees_up(*second, 3));
  third.reset();
  EXPECT_TRUE(sees_up(*first, 2));
  // The leader acts on its decision; another may hear of the outcome before it has decided itself.
  ClusterNode& leader = first->view()->leader == first->address() ? *first : *second;
  const auto explained = explain(leader, address);
  ASSERT_TRUE(explained.has_value());
  ASSERT_FALSE(explained.value().decisions.empty());
  EXPECT_EQ(explained.value().decisions[0].verdict, "down-unreachable");
  EXPECT_EQ(explained.value().decisions[0].downed, std::vector<std::string>{address});
  EXPECT_EQ(explained.value().decisions[0].members.size(), 3U);
}

TEST_F(ClusterNodeTest, AnOperatorDownsWhoHasToEnd) {
  const auto first = start_first();
  const auto second = start(options("second"));
  ASSERT_TRUE(sees_up(*first, 2));
  EXPECT_EQ(change(*first, "nobody", management::MemberOperation::down).error().code, ErrorCode::not_found);
  EXPECT_EQ(explain(*first, "nobody").error().code, ErrorCode::not_found);
  ASSERT_TRUE(change(*first, "second", management::MemberOperation::down).has_value());
  EXPECT_TRUE(ends_unwanted(*second));
  EXPECT_EQ(second->ended()->text, "another member or an operator has downed it");
  EXPECT_EQ(change(*second, "first", management::MemberOperation::leave).error().code,
            ErrorCode::unavailable);
}

TEST_F(ClusterNodeTest, WhatDiffersIsRefusedWithTheReason) {
  ClusterNodeOptions other = options("other");
  other.membership.settings = {{"types.a.shards", "32"}};
  ClusterNodeOptions first = options("first");
  first.membership.settings = {{"types.a.shards", "64"}};
  first.membership.join.seeds = other.membership.join.seeds = {first.bind};
  const auto node = start(std::move(first));
  ASSERT_TRUE(sees_up(*node, 1));
  const auto refused = start(std::move(other));
  ASSERT_TRUE(ends(*refused, cluster::StopReason::join_refused));
  EXPECT_NE(refused->ended()->text.find("types.a.shards is '32'"), std::string::npos);
}

TEST_F(ClusterNodeTest, WithoutSeedsItWaitsUntilItIsToldToJoin) {
  const auto first = start_first();
  const std::string address = first->address();
  seeds_.clear();
  const auto second = start(options("second"));
  EXPECT_EQ(second->view()->self.status, "Joining");
  EXPECT_EQ(explain(*second, "first").error().code, ErrorCode::unavailable);
  ASSERT_TRUE(join(*second, address).has_value());
  EXPECT_EQ(join(*second, address).error().code, ErrorCode::already_exists);
  EXPECT_TRUE(sees_up(*second, 2));
}

TEST_F(ClusterNodeTest, APortThatIsTakenIsAnErrorUnlessAnyWillDo) {
  const auto first = start_first();
  ClusterNodeOptions second = options("second");
  second.bind = first->address();
  EXPECT_EQ(ClusterNode::start(std::move(second)).error().code, ErrorCode::unavailable);
  ClusterNodeOptions third = options("third");
  third.bind = first->address();
  third.takes_any_port = true;
  const auto moved = start(std::move(third));
  EXPECT_NE(moved->address(), first->address());
  EXPECT_TRUE(sees_up(*moved, 2));
}

TEST_F(ClusterNodeTest, WhatAMemberSaysOfItselfReachesAll) {
  const auto first = start_first();
  cluster::NodeMetrics metrics;
  metrics.shards = 3;
  const auto second = start(options("second"));
  ASSERT_TRUE(sees_up(*first, 2));
  ASSERT_TRUE(sees_up(*second, 2));
  const auto shards_seen_by = [&](ClusterNode& node) -> std::uint32_t {
    for (const auto& member : node.view()->members) {
      if (member.address == second->address() && member.load) return member.load->shards;
    }
    return 0;
  };
  EXPECT_EQ(shards_seen_by(*first), 0U);
  second->tell(metrics);
  for (ClusterNode* node : {first.get(), second.get()}) {
    EXPECT_TRUE(wait_until([&] { return shards_seen_by(*node) == 3; }));
  }
  metrics.shards = 4;
  second->tell(metrics);
  EXPECT_TRUE(wait_until([&] { return shards_seen_by(*first) == 4; }));
}

TEST_F(ClusterNodeTest, WhoIsNoMemberSaysNothingOfItself) {
  seeds_.clear();
  const auto node = start(options("lonely"));
  cluster::NodeMetrics metrics;
  metrics.shards = 3;
  node->tell(metrics);
  EXPECT_FALSE(explain(*node, "lonely").has_value());  // so the order before it is done
  EXPECT_TRUE(node->view()->members.empty());
}

TEST_F(ClusterNodeTest, WhoSendsUserMessagesLivesWithoutAnAnswerToProbes) {
  ClusterNodeOptions options = this->options("first");
  options.membership.join.seeds = {options.bind};
  options.membership.detector.probe_interval_ms = 100;
  options.membership.detector.probe_timeout_ms = 100;
  options.membership.detector.probe_deadline_ms = 300;
  options.membership.downing.stable_after_ms = 60'000;
  const auto first = start(std::move(options));
  HandMovedMember other(first->address());
  ASSERT_TRUE(wait_until([&] {
    other.move();
    return first->view()->is_converged && first->view()->members.size() == 2;
  }));
  const auto is_reachable = [&] {
    const auto view = first->view();
    return std::all_of(view->members.begin(), view->members.end(),
                       [](const auto& member) { return member.is_reachable; });
  };
  // A dozen rounds of probes, none of them answered.
  const std::uint64_t before = first->status().channels[0].messages_out;
  EXPECT_TRUE(wait_until([&] {
    other.chat(first->address());
    return first->status().channels[0].messages_out > before + 30;
  }));
  EXPECT_TRUE(is_reachable());
  EXPECT_TRUE(wait_until([&] { return !is_reachable(); }));
}

TEST_F(ClusterNodeTest, WhoSpeaksForAnotherIsNotHeard) {
  const auto first = start_first();
  const auto second = start(options("second"));
  ASSERT_TRUE(sees_up(*first, 2));
  transport::Options liar;
  liar.bind = "tcp://127.0.0.1:0";
  liar.self = {"liar", "", cluster::Uid{5}};
  liar.cluster_name = "test";
  auto opened = transport::Transport::start(liar, {});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  // The second member is said to be down, by the second itself.
  cluster::Message message;
  message.kind = cluster::MessageKind::gossip;
  message.from = cluster::Uid{second->view()->self.uid};
  auto profile = std::make_shared<const cluster::Profile>(
      cluster::Profile{"second", second->address(), message.from, {}});
  message.records.push_back(
      {cluster::Member{.profile = profile, .state = cluster::MemberState::down, .up_number = 1, .health = {}},
       0});
  std::string bytes;
  cluster::encode(message, bytes);
  for (const std::string& sent : {bytes, std::string("no message")}) {
    ASSERT_TRUE(opened.value()->send(first->address(), transport::Channel::membership, sent).has_value());
  }
  EXPECT_TRUE(wait_until([&] { return first->status().dropped["refused"] == 2; }));
  EXPECT_TRUE(sees_up(*first, 2));
}

}  // namespace
}  // namespace shoal::node
