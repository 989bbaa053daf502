// Goal: whoever answers at an address and is no node of the cluster gets nothing, and the log says what is
// wrong; what waited keeps its bounds through all of it. Method: bare ZeroMQ listeners that are silent, talk
// nonsense or lie; a process without descriptors; addresses that are forgotten as they are sent to.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "cluster/transport/hello.hpp"
#include "tests/unit/cluster/transport/keyed_nodes.hpp"
#include "tests/unit/cluster/transport/test_node.hpp"

namespace shoal::transport::test {
namespace {

// Binds, and answers each frame with the same parts; with none not at all.
class StrangeListener {
 public:
  explicit StrangeListener(std::vector<std::string> parts, const KeyPair* own = nullptr)
      : socket_(context_, zmq::socket_type::router), parts_(std::move(parts)) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 20);
    if (own != nullptr) {
      socket_.set(zmq::sockopt::curve_server, true);
      socket_.set(zmq::sockopt::curve_secretkey, zmq::buffer(own->secret_key.bytes));
    }
    socket_.bind("tcp://127.0.0.1:*");
    address_ = socket_.get(zmq::sockopt::last_endpoint).substr(std::string("tcp://").size());
    thread_ = std::thread([this] { run(); });
  }
  ~StrangeListener() {
    is_stopping_ = true;
    thread_.join();
  }
  StrangeListener(const StrangeListener&) = delete;
  StrangeListener& operator=(const StrangeListener&) = delete;

  const std::string& address() const { return address_; }
  std::size_t frames() const { return frames_; }

 private:
  void run() {
    zmq::message_t who;
    zmq::message_t what;
    while (!is_stopping_) {
      if (!socket_.recv(who) || !socket_.recv(what)) continue;
      ++frames_;
      if (parts_.empty()) continue;
      socket_.send(who, zmq::send_flags::sndmore);
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        socket_.send(zmq::buffer(parts_[i]),
                     i + 1 < parts_.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
      }
    }
  }

  zmq::context_t context_;
  zmq::socket_t socket_;
  const std::vector<std::string> parts_;
  std::string address_;
  std::atomic<std::size_t> frames_{0};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

Options impatient() {
  Options options = node_options("a", 1);
  options.limits.connect_ms = 100;
  options.limits.handshake_ms = 100;
  return options;
}

TEST(StrangeListenerTest, WhoDoesNotAnswerAHelloGetsNothingElse) {
  TestNode a(impatient());
  StrangeListener silent({});
  ASSERT_TRUE(a.send(silent.address(), "secret"));
  ASSERT_TRUE(a.wait_for_warning(silent.address() + " does not answer"));
  ASSERT_TRUE(a.wait([&] { return a.transport().counters().connections_failed > 2; })) << "it tries on";
  EXPECT_EQ(silent.frames(), a.transport().counters().connections_failed) << "hellos and nothing else";
  EXPECT_EQ(a.transport().counters().connections_made, 0);
}

TEST(StrangeListenerTest, WhoTalksNonsenseGetsNothingElse) {
  TestNode a(impatient());
  StrangeListener odd({std::string("\x01\x01garbage", 9)});
  ASSERT_TRUE(a.send(odd.address(), "secret"));
  ASSERT_TRUE(a.wait_for_warning(odd.address() + " sent a greeting: "));
  StrangeListener parts({"one", "two"});
  ASSERT_TRUE(a.send(parts.address(), "secret"));
  ASSERT_TRUE(a.wait_for_warning(parts.address() + " does not answer"));
  EXPECT_GE(a.dropped(Drop::malformed), 2);
  EXPECT_EQ(a.transport().counters().connections_made, 0);
}

TEST(StrangeListenerTest, ARefusalLaterEndsAConnection) {
  // A welcome for the hello, and the same for the first message: it is heard once.
  TestNode a(impatient());
  StrangeListener polite({encode(Welcome{{"b", "127.0.0.1:1", cluster::Uid{2}}})});
  ASSERT_TRUE(a.send(polite.address(), "message"));
  ASSERT_TRUE(a.wait([&] { return polite.frames() == 2; }));
  EXPECT_EQ(a.transport().counters().connections_made, 1);
  // To one that refuses whatever is said.
  StrangeListener rude({encode(Refusal{"not you"})});
  ASSERT_TRUE(a.send(rude.address(), "message"));
  ASSERT_TRUE(a.wait_for_warning(rude.address() + " refuses this node: not you"));
}

TEST(StrangeListenerTest, WhoHasAKeyAndAnotherName) {
  KeyedNodes keys("strange");
  Options options = keys.options("a", 1);
  TestNode a(options);
  StrangeListener liar({encode(Welcome{{"c", "127.0.0.1:1", cluster::Uid{2}}})}, &keys.key("b"));
  keys.allow_key("b", liar.address());
  keys.allow_key("c");
  ASSERT_TRUE(a.transport().reload_allow_list());
  ASSERT_TRUE(a.send(liar.address(), "secret"));
  ASSERT_TRUE(a.wait_for_warning(liar.address() + " says that it is 'c', which its key is not"));
  EXPECT_EQ(a.transport().counters().connections_made, 0);
}

TEST(StrangeListenerTest, AnAddressThatIsNone) {
  TestNode a(impatient());
  for (const char* address : {"no port", "127.0.0.1:port", "127.0.0.1:99999999", "", "ipc://"}) {
    ASSERT_TRUE(a.send(address, "x")) << address;
  }
  ASSERT_TRUE(a.wait_for_warning("tcp://no port is no address"));
  TestNode b(node_options("b", 2));
  EXPECT_TRUE(a.send_until_heard(b, "goes on"));
}

TEST(StrangeListenerTest, AProcessWithoutDescriptorsSaysSoAndGoesOn) {
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  TestNode c(node_options("c", 3));
  ASSERT_TRUE(a.send_until_heard(b, "before"));
  // A sanitizer looks at the first exception of a type through a pipe: it is thrown while there are
  // descriptors.
  ASSERT_TRUE(a.send("nowhere", "lost"));
  ASSERT_TRUE(a.wait_for_warning("nowhere is no address"));
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_TRUE(a.send(c, "waits"));
  const bool told = a.wait_for_warning("raise the limit of open files");
  const bool goes_on = a.send_until_heard(b, "meanwhile");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(told);
  EXPECT_TRUE(goes_on);
  EXPECT_TRUE(c.wait_for_text("waits"));
}

TEST(StrangeListenerTest, WhatIsForgottenIsCountedToTheLast) {
  constexpr std::uint64_t rounds = 300;
  constexpr std::uint64_t messages = 5;
  TestNode a(node_options("a", 1));
  TestNode b(node_options("b", 2));
  std::vector<std::shared_ptr<Link>> links;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    links.push_back(a.transport().link(b.address()));
    for (std::uint64_t i = 0; i < messages; ++i) {
      Batch batch(Channel::user);
      batch.add("x");
      ASSERT_TRUE(links.back()->send(batch));
    }
    a.transport().forget(b.address());
    Batch batch(Channel::user);
    batch.add("too late");
    EXPECT_EQ(links.back()->send(batch).error().code, ErrorCode::unavailable);
  }
  EXPECT_EQ(a.dropped(Drop::closed), rounds);
  ASSERT_TRUE(a.wait([&] {
    return a.transport().counters().messages_out[2] + a.dropped(Drop::forgotten) == rounds * messages;
  }));
  for (const auto& link : links) EXPECT_EQ(link->waiting_bytes(Channel::user), 0);
}

}  // namespace
}  // namespace shoal::transport::test
