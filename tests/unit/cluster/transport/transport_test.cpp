// Goal: messages reach another node in order, whatever connections go through, and no node holds up another.
// Method: transports in one process with real sockets on loopback, some stopped, started again or never read.
#include "cluster/transport/transport.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/cluster/transport/test_node.hpp"

namespace shoal::transport::test {
namespace {

TEST(TransportTest, BothWaysInOrderOnEachChannel) {
  constexpr std::size_t messages = 5'000;
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  for (std::size_t i = 0; i < messages; ++i) {
    const auto channel = static_cast<Channel>(i % channels);
    ASSERT_TRUE(a.send(b, std::to_string(i), channel));
    ASSERT_TRUE(b.send(a, std::to_string(i), channel));
  }
  for (TestNode* node : {&a, &b}) {
    ASSERT_TRUE(node->wait_for_letters(messages));
    std::array<std::size_t, channels> next{0, 1, 2};
    for (const Letter& letter : node->letters_) {
      EXPECT_EQ(letter.from, node == &a ? "b" : "a");
      std::size_t& expected = next[static_cast<std::size_t>(letter.channel)];
      EXPECT_EQ(letter.text, std::to_string(expected));
      expected += channels;
    }
  }
  EXPECT_EQ(a.transport().counters().dropped, (std::array<std::uint64_t, drops>{}));
}

TEST(TransportTest, WhatArrivesSaysWhoSentIt) {
  TestNode a(node_options("a", 77));
  TestNode b(node_options("b", 2));
  ASSERT_TRUE(a.send(b, "hello", Channel::membership));
  ASSERT_TRUE(b.wait_for_letters(1));
  EXPECT_EQ(*b.received_[0].from, (Node{"a", a.address(), cluster::Uid{77}}));
  EXPECT_TRUE(check_speaker(b.received_[0], cluster::Uid{77}));
  const auto other = check_speaker(b.received_[0], cluster::Uid{78});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("'a'"), std::string::npos);
  EXPECT_NE(other.error().message.find("78"), std::string::npos);
}

TEST(TransportTest, WhoSendsAnythingIsHeard) {
  for (const Channel channel : {Channel::membership, Channel::sharding, Channel::user}) {
    TestNode a(node_options("a", 77));
    TestNode b(node_options("b", 2));
    b.is_taking_ = false;  // what nobody takes counts, too
    std::vector<LifeSign> signs;
    b.transport().take_heard(signs);
    EXPECT_TRUE(signs.empty());
    ASSERT_TRUE(a.send(b, "hello", channel));
    ASSERT_TRUE(b.wait([&] {
      b.transport().take_heard(signs);
      return !signs.empty();
    }));
    EXPECT_EQ(signs[0].uid, cluster::Uid{77});
    EXPECT_GT(signs[0].at_ms, 0);
  }
}

TEST(TransportTest, WhoSendsMuchIsNotedOnceAnInterval) {
  Heard heard;
  heard.note(cluster::Uid{1}, 100);
  heard.note(cluster::Uid{2}, 150);
  heard.note(cluster::Uid{1}, 200);
  std::vector<LifeSign> signs;
  heard.take(signs);
  ASSERT_EQ(signs.size(), 2U);
  for (const LifeSign& sign : signs) EXPECT_EQ(sign.at_ms, sign.uid == cluster::Uid{1} ? 200 : 150);
  TestNode a(node_options("a", 77));
  TestNode b(node_options("b", 2));
  const auto begin = std::chrono::steady_clock::now();
  constexpr std::size_t messages = 2'000;
  signs.clear();
  for (std::size_t i = 1; i <= messages; ++i) {
    ASSERT_TRUE(a.send_until_heard(b, std::to_string(i)));
    b.transport().take_heard(signs);
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  const auto intervals = took / std::chrono::milliseconds(Heard::interval_ms);
  EXPECT_GE(signs.size(), 1U);
  EXPECT_LE(signs.size(), static_cast<std::size_t>(intervals) + 2);
}

TEST(TransportTest, ManyThreadsSendThroughOneLink) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t batches = 500;
  constexpr std::size_t batch_messages = 10;
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  const auto link = a.transport().link(b.address());
  std::vector<std::thread> senders;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    senders.emplace_back([&link, thread] {
      for (std::size_t i = 0; i < batches; ++i) {
        Batch batch(Channel::user);
        for (std::size_t k = 0; k < batch_messages; ++k) {
          batch.add(std::to_string(thread) + " " + std::to_string(i * batch_messages + k));
        }
        EXPECT_TRUE(link->send(batch));
        EXPECT_TRUE(batch.empty());
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  ASSERT_TRUE(b.wait_for_letters(threads * batches * batch_messages));
  std::array<std::size_t, threads> next{};
  for (const Letter& letter : b.letters_) {
    const auto thread = static_cast<std::size_t>(letter.text[0] - '0');
    EXPECT_EQ(letter.text, std::to_string(thread) + " " + std::to_string(next[thread]++));
  }
}

TEST(TransportTest, ALargeMessageGoesWhole) {
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  std::string large(Limits{}.message_bytes_max, 'x');
  large.back() = 'y';
  ASSERT_TRUE(a.send(b, large));
  ASSERT_TRUE(b.wait_for_letters(1));
  EXPECT_EQ(b.letters_[0].text, large);
  const auto refused = a.send(b, large + "z");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(a.dropped(Drop::too_long), 1);
}

TEST(TransportTest, OverASocketOfTheMachine) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("shoal-test-" + std::to_string(::getpid()));
  Options options = node_options("a", 1);
  options.bind = "ipc://" + path + "-a";
  TestNode a(options);
  options = node_options("b", 2);
  options.bind = "ipc://" + path + "-b";
  TestNode b(options);
  EXPECT_EQ(b.address(), "ipc://" + path + "-b");
  ASSERT_TRUE(a.send(b, "over ipc"));
  ASSERT_TRUE(b.wait_for_letters(1));
  EXPECT_EQ(b.received_[0].from->address, "ipc://" + path + "-a");
}

TEST(TransportTest, ALostConnectionIsToldAndANewIncarnationIsReached) {
  TestNode a(node_options("a", 1));
  Options options = node_options("b", 2);
  auto b = std::make_unique<TestNode>(options);
  const std::string address = b->address();
  ASSERT_TRUE(a.send(*b, "first"));
  ASSERT_TRUE(b->wait_for_text("first"));
  ASSERT_TRUE(a.wait_for_change(Change::Kind::connected, address));
  b.reset();
  ASSERT_TRUE(a.wait_for_change(Change::Kind::disconnected, address));
  EXPECT_EQ(a.changes_.back().node.uid, cluster::Uid{2});

  a.changes_.clear();
  options.bind = "tcp://" + address;
  options.self.uid = cluster::Uid{3};
  b = std::make_unique<TestNode>(options);
  ASSERT_TRUE(a.send_until_heard(*b, "second"));
  ASSERT_TRUE(a.wait_for_change(Change::Kind::connected, address));
  EXPECT_EQ(a.changes_.back().node.uid, cluster::Uid{3});
}

TEST(TransportTest, WhatWaitsForANodeThatStartsLaterArrives) {
  TestNode a(node_options("a", 1));
  Options options = node_options("b", 2);
  auto b = std::make_unique<TestNode>(options);
  const std::string address = b->address();
  b.reset();
  ASSERT_TRUE(a.send(address, "of the user"));
  ASSERT_TRUE(a.send(address, "of the shards", Channel::sharding));
  ASSERT_TRUE(a.send(address, "stale", Channel::membership));
  ASSERT_TRUE(a.wait([&] { return a.dropped(Drop::stale) == 1; })) << "a connection failed";
  options.bind = "tcp://" + address;
  b = std::make_unique<TestNode>(options);
  ASSERT_TRUE(b->wait_for_letters(2));
  EXPECT_EQ(b->letters_[0].text, "of the shards") << "the higher channel first";
  EXPECT_EQ(b->letters_[1].text, "of the user");
}

TEST(TransportTest, ANodeThatDoesNotReadHoldsUpNobodyElse) {
  Options options = node_options("a", 1);
  options.limits.send_bytes_max = {1024 * 1024, 1024 * 1024, 1024 * 1024};
  TestNode a(options);
  TestNode quick(node_options("quick", 2));
  // Bound, and never read: connections come to be in the kernel alone.
  options = node_options("stuck", 3);
  const int stuck = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  ASSERT_EQ(::bind(stuck, reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(::listen(stuck, 8), 0);
  ASSERT_EQ(::getsockname(stuck, reinterpret_cast<sockaddr*>(&name), &size), 0);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));

  const std::string text(100'000, 'x');
  std::size_t taken = 0;
  Result<void> sent = success();
  while ((sent = a.send(address, text))) ++taken;
  EXPECT_EQ(sent.error().code, ErrorCode::overloaded);
  EXPECT_LE(taken * text.size(), options.limits.send_bytes_max[2]);
  EXPECT_GE(a.dropped(Drop::link_full), 1);
  EXPECT_TRUE(a.send(address, "another channel has room", Channel::membership));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(a.send(quick, std::to_string(i)));
  ASSERT_TRUE(quick.wait_for_letters(100));
  // Forgotten, it takes no room any more.
  const auto link = a.transport().link(address);
  a.transport().forget(address);
  EXPECT_TRUE(a.wait([&] { return link->waiting_bytes(Channel::user) == 0; }));
  EXPECT_EQ(a.send(address, "anew").has_value(), true) << "a new link";
  ::close(stuck);
}

TEST(TransportTest, WhatIsNotTakenIsBoundedAndOtherChannelsGoOn) {
  TestNode a(node_options("a", 1));
  Options options = node_options("b", 2);
  options.limits.receive_bytes_max = {1024 * 1024, 1024 * 1024, 100'000};
  TestNode b(options);
  b.is_taking_ = false;
  const std::string text(10'000, 'x');
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(a.send(b, text));
  ASSERT_TRUE(b.wait([&] { return b.dropped(Drop::inbox_full) > 0; }));
  ASSERT_TRUE(a.send(b, "membership", Channel::membership));
  ASSERT_TRUE(b.wait([&] { return b.transport().counters().messages_in[0] == 1; }));
  ASSERT_TRUE(b.wait([&] { return b.transport().counters().messages_in[2] == 50; }));
  b.is_taking_ = true;
  ASSERT_TRUE(b.wait_for_text("membership"));
  EXPECT_EQ(b.count(text) + b.dropped(Drop::inbox_full), 50);
  EXPECT_LE(b.count(text) * text.size(), 100'000);
}

TEST(TransportTest, AForgottenNodeIsHeardAfterItsNextHello) {
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  ASSERT_TRUE(a.send(b, "before"));
  ASSERT_TRUE(b.wait_for_text("before"));
  b.transport().forget(a.address());
  // It is not told: its first message finds nobody who listens, and with the answer it connects anew.
  ASSERT_TRUE(a.send_until_heard(b, "after"));
  EXPECT_GE(b.dropped(Drop::stranger), 1);
}

TEST(TransportTest, AnIdleConnectionIsClosedAndMadeAgain) {
  Options options = node_options("a", 1);
  options.limits.idle_close_ms = 50;
  TestNode a(options);
  TestNode b(node_options("b", 2));
  ASSERT_TRUE(a.send(b, "one"));
  ASSERT_TRUE(b.wait_for_text("one"));
  const auto link = a.transport().link(b.address());
  ASSERT_TRUE(a.wait([&] { return !link->is_connected(); }));
  ASSERT_TRUE(a.send(b, "two"));
  ASSERT_TRUE(b.wait_for_text("two"));
  EXPECT_EQ(a.transport().counters().connections_lost, 0) << "closed is not lost";
  EXPECT_TRUE(std::ranges::none_of(
      a.changes_, [](const Change& change) { return change.kind == Change::Kind::disconnected; }));
}

TEST(TransportTest, StoppingSendsWhatWaits) {
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  ASSERT_TRUE(a.send(b, "first"));
  ASSERT_TRUE(b.wait_for_text("first"));
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(a.send(b, "goodbye " + std::to_string(i)));
  const auto link = a.transport().link(b.address());
  a.transport().stop(10'000);
  ASSERT_TRUE(b.wait_for_text("goodbye 999"));
  Batch batch(Channel::user);
  batch.add("too late");
  EXPECT_EQ(link->send(batch).error().code, ErrorCode::unavailable);
  EXPECT_FALSE(a.transport().link("127.0.0.1:1"));
}

TEST(TransportTest, LinksAreBounded) {
  Options options = node_options("a", 1);
  options.limits.links_max = 2;
  TestNode a(options);
  EXPECT_TRUE(a.transport().link("127.0.0.1:1"));
  EXPECT_TRUE(a.transport().link("127.0.0.1:2"));
  EXPECT_FALSE(a.transport().link("127.0.0.1:3"));
  EXPECT_EQ(a.send("127.0.0.1:3", "x").error().code, ErrorCode::overloaded);
  a.transport().forget("127.0.0.1:1");
  EXPECT_TRUE(a.transport().link("127.0.0.1:3"));
  EXPECT_EQ(a.transport().links().size(), 2);
}

std::string refusal_to_start(const Options& options) {
  const auto started = Transport::start(options, {});
  return started ? "" : started.error().message;
}

TEST(TransportTest, StartSaysWhatIsWrong) {
  Options options = node_options("a", 1);
  for (const char* open :
       {"tcp://0.0.0.0:0", "tcp://*:0", "tcp://eth0:0", "tcp://[::]:0", "tcp://127.example.org:0"}) {
    options.bind = open;
    EXPECT_NE(refusal_to_start(options).find("shoal key generate"), std::string::npos) << open;
  }
  TestNode taken(node_options("b", 2));
  options.bind = "tcp://" + taken.address();
  EXPECT_NE(refusal_to_start(options).find(taken.address() + " cannot be bound"), std::string::npos);
  options = node_options("", 1);
  EXPECT_NE(refusal_to_start(options).find("name"), std::string::npos);
}

}  // namespace
}  // namespace shoal::transport::test
