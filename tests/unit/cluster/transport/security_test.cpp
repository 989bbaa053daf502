// Goal: nobody is heard but a node with an allowed key that speaks for itself, and whoever tries holds up
// nobody. Method: a table of attacks on a node over real sockets; after each, and while it lasts, honest
// messages arrive and nothing else has.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/cluster/transport/keyed_nodes.hpp"
#include "tests/unit/cluster/transport/raw_peer.hpp"
#include "tests/unit/cluster/transport/relay.hpp"
#include "tests/unit/cluster/transport/test_node.hpp"

namespace shoal::transport::test {
namespace {

constexpr int kMoment = 300;  // ms in which an answer would have come

class SecurityTest : public testing::Test {
 protected:
  SecurityTest() : keys_("security") {
    a_ = std::make_unique<TestNode>(keys_.options("a", 1));
    b_ = std::make_unique<TestNode>(keys_.options("b", 2));
    keys_.allow_key("a", a_->address());
    keys_.allow_key("b", b_->address());
    reload();
  }

  void reload() {
    EXPECT_TRUE(a_->transport().reload_allow_list());
    EXPECT_TRUE(b_->transport().reload_allow_list());
  }

  Hello hello(const std::string& name, const std::string& address, std::uint64_t uid) {
    return {"test", {name, address, cluster::Uid{uid}}};
  }
  RawPeer peer(const std::string& key_of) {
    return RawPeer(b_->address(), &keys_.key(key_of), &keys_.key("b").public_key);
  }

  // Honest messages arrive, and they are all that ever did.
  void expect_only_honest() {
    const std::string text = "honest " + std::to_string(++honest_);
    ASSERT_TRUE(a_->send_until_heard(*b_, text));
    for (const Letter& letter : b_->letters_) {
      EXPECT_EQ(letter.from, "a");
      EXPECT_TRUE(letter.text.starts_with("honest")) << letter.text;
    }
  }

  KeyedNodes keys_;
  std::unique_ptr<TestNode> a_;
  std::unique_ptr<TestNode> b_;
  int honest_ = 0;
};

TEST_F(SecurityTest, WithoutAKey) {
  expect_only_honest();
  RawPeer stranger(b_->address());
  EXPECT_EQ(stranger.greet(hello("a", a_->address(), 1), kMoment), "nothing");
  stranger.send_message("evil");
  expect_only_honest();
  EXPECT_GT(b_->transport().counters().handshakes_failed, 0);
  EXPECT_EQ(b_->dropped(Drop::stranger), 0) << "it does not get as far as that";
}

TEST_F(SecurityTest, WithAKeyThatNobodyAllowed) {
  RawPeer stranger = peer("stranger");
  EXPECT_EQ(stranger.greet(hello("a", a_->address(), 1), kMoment), "nothing");
  stranger.send_message("evil");
  ASSERT_TRUE(b_->wait_for_warning("shoal key allow " + to_hex(keys_.key("stranger").public_key)));
  EXPECT_GT(b_->transport().counters().keys_refused, 0);
  expect_only_honest();
}

TEST_F(SecurityTest, WithTheWrongKeyForTheOtherSide) {
  // It has an allowed key, and takes another's key for that of the node.
  keys_.allow_key("c");
  reload();
  RawPeer mistaken(b_->address(), &keys_.key("c"), &keys_.key("stranger").public_key);
  EXPECT_EQ(mistaken.greet(hello("c", "127.0.0.1:1", 3), kMoment), "nothing");
  expect_only_honest();
  EXPECT_GT(b_->transport().counters().handshakes_failed, 0);
}

TEST_F(SecurityTest, ANodeDoesNotTalkToWhoHasNotTheKeyOfItsAddress) {
  // At the address of `c` on the list there is `b`.
  keys_.revoke_key("b");
  keys_.allow_key("c", b_->address());
  EXPECT_TRUE(a_->transport().reload_allow_list());
  ASSERT_TRUE(a_->send(*b_, "secret"));
  ASSERT_TRUE(a_->wait_for_warning(b_->address() + " ends the handshake"));
  EXPECT_EQ(b_->count("secret"), 0);
}

TEST_F(SecurityTest, AnAddressWithoutAKeyIsNotSpokenTo) {
  TestNode c(keys_.options("c", 3));
  reload();
  ASSERT_TRUE(a_->send(c, "to whom"));
  ASSERT_TRUE(a_->wait_for_warning("has no key for " + c.address() + ": shoal key allow KEY NAME"));
  // Who is there is known: then it is the key of that name.
  a_->transport().introduce(c.address(), "c");
  ASSERT_TRUE(a_->send_until_heard(c, "to c"));
}

TEST_F(SecurityTest, ARevokedKey) {
  auto c = std::make_unique<TestNode>(keys_.options("c", 3));
  keys_.allow_key("c", c->address());
  reload();
  ASSERT_TRUE(c->transport().reload_allow_list());
  ASSERT_TRUE(c->send_until_heard(*b_, "honest once"));
  b_->letters_.clear();
  ASSERT_TRUE(b_->send_until_heard(*c, "to c"));

  keys_.revoke_key("c");
  reload();
  ASSERT_TRUE(b_->wait_for_change(Change::Kind::disconnected, c->address()));
  // Its connection is still there, and nothing on it counts; a new one is not let in.
  ASSERT_TRUE(c->send_until_warned(*b_, "evil", "does not let this node's key in"));
  EXPECT_GT(b_->transport().counters().keys_refused, 0U);
  ASSERT_TRUE(b_->send(*c, "not for c any more"));
  ASSERT_TRUE(b_->wait_for_warning("has no key for " + c->address()));
  EXPECT_EQ(c->count("not for c any more"), 0);
  expect_only_honest();
}

TEST_F(SecurityTest, AReplayedSession) {
  Relay relay(b_->address());
  keys_.allow_key("b");
  reload();
  a_->transport().introduce(relay.address(), "b");
  a_->transport().introduce(b_->address(), "b");
  ASSERT_TRUE(a_->send(relay.address(), "honest, recorded"));
  ASSERT_TRUE(b_->wait_for_text("honest, recorded"));
  relay.stop();
  const std::string recorded = relay.recorded();
  ASSERT_GT(recorded.size(), 500);
  EXPECT_EQ(recorded.find("recorded"), std::string::npos) << "it is encrypted";

  const std::uint64_t before = b_->transport().counters().messages_in[2];
  for (int i = 0; i < 5; ++i) {
    TcpConnection replayed(b_->address());
    replayed.send(recorded);
    EXPECT_TRUE(replayed.wait_for_close(20'000));
  }
  EXPECT_EQ(b_->transport().counters().messages_in[2], before);
  EXPECT_EQ(b_->count("honest, recorded"), 1);
  expect_only_honest();
}

TEST_F(SecurityTest, AnOversizeFrame) {
  keys_.allow_key("c");
  reload();
  RawPeer large = peer("c");
  ASSERT_EQ(large.greet(hello("c", "127.0.0.1:1", 3)), "welcome");
  large.send_message(std::string(2 * Limits{}.message_bytes_max, 'x'));
  expect_only_honest();
  // Its connection is gone: the next one has said no hello.
  ASSERT_TRUE(b_->wait([&] {
    large.send_message("evil");
    return b_->dropped(Drop::stranger) > 0;
  }));
  expect_only_honest();
}

TEST_F(SecurityTest, ManyPartsAndMalformedFrames) {
  keys_.allow_key("c");
  reload();
  RawPeer odd = peer("c");
  ASSERT_EQ(odd.greet(hello("c", "127.0.0.1:1", 3)), "welcome");
  for (int i = 0; i < 100; ++i) odd.send("part", zmq::send_flags::sndmore);
  odd.send("last part");
  odd.send("");
  odd.send(std::string("\x03\x07 no channel", 13));
  odd.send(std::string("\x03\x02\xff\xff\xff\x7f", 6));
  ASSERT_TRUE(b_->wait([&] { return b_->dropped(Drop::malformed) == 4; }));
  ASSERT_TRUE(b_->wait_for_warning("'c' at 127.0.0.1:1 sent a frame of messages"));
  expect_only_honest();
}

TEST_F(SecurityTest, NoiseOnTheLine) {
  std::string noise;
  for (int i = 0; i < 5'000; ++i) noise += static_cast<char>(i * 37 % 251);
  const std::string greeting =
      std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE", 17) + std::string(47, '\0');
  for (const std::string& bytes : {noise, std::string("GET / HTTP/1.1\r\n\r\n"), greeting + noise,
                                   std::string(500, '\0'), std::string(500, '\xff')}) {
    TcpConnection line(b_->address());
    line.send(bytes);
    EXPECT_TRUE(line.wait_for_close(20'000));
    expect_only_honest();
  }
  EXPECT_GT(b_->transport().counters().handshakes_failed, 0);
}

TEST_F(SecurityTest, HandshakesThatNeverEnd) {
  std::vector<std::unique_ptr<TcpConnection>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<TcpConnection>(b_->address()));
    if (i % 2 == 0) silent.back()->send(std::string("\xff\0\0\0\0\0\0\0\x01\x7f", 10));
  }
  expect_only_honest();
  // A node that is new is let in as well.
  keys_.allow_key("c");
  reload();
  EXPECT_EQ(peer("c").greet(hello("c", "127.0.0.1:1", 3)), "welcome");
  for (const auto& connection : silent) EXPECT_TRUE(connection->wait_for_close(20'000));
  expect_only_honest();
}

TEST_F(SecurityTest, WhoSpeaksForAnother) {
  keys_.allow_key("c");
  keys_.allow_key("d");
  reload();
  RawPeer c = peer("c");
  c.send_message("evil: before any hello");
  // Who says so is told, once for each frame.
  const auto told = c.receive(20'000);
  ASSERT_TRUE(told);
  EXPECT_TRUE(std::holds_alternative<Refusal>(decode_greeting(*told).value()));

  EXPECT_NE(c.greet(hello("a", a_->address(), 1)).find("its key is that of 'c', and it speaks for 'a'"),
            std::string::npos);
  EXPECT_NE(c.greet(hello("c", a_->address(), 3)).find("is the address of 'a'"), std::string::npos);
  EXPECT_NE(c.greet(hello("c", b_->address(), 3)).find("which is this node's address"), std::string::npos);
  EXPECT_NE(c.greet(hello("c", "127.0.0.1:1", 2)).find("is this node itself"), std::string::npos);
  c.send_message("evil: after refusals");
  ASSERT_TRUE(b_->wait([&] { return b_->dropped(Drop::stranger) == 2; }));
  expect_only_honest();
  EXPECT_EQ(b_->transport().counters().hellos_refused, 4);

  // An address that the list does not fix belongs to the first.
  RawPeer d = peer("d");
  EXPECT_EQ(d.greet(hello("d", "127.0.0.1:4", 4)), "welcome");
  RawPeer late = peer("c");
  EXPECT_NE(late.greet(hello("c", "127.0.0.1:4", 5)).find("is the address of 'd'"), std::string::npos);
  ASSERT_TRUE(b_->wait_for_warning("'c' at 127.0.0.1:4 is refused"));
}

TEST_F(SecurityTest, AnIncarnationWhosePlaceWasTaken) {
  keys_.allow_key("c");
  reload();
  RawPeer first = peer("c");
  ASSERT_EQ(first.greet(hello("c", "127.0.0.1:3", 10)), "welcome");
  RawPeer second = peer("c");
  ASSERT_EQ(second.greet(hello("c", "127.0.0.1:3", 11)), "welcome");
  first.send_message("evil: of the first incarnation");
  ASSERT_TRUE(b_->wait([&] { return b_->dropped(Drop::stranger) == 1; }));
  RawPeer third = peer("c");
  EXPECT_NE(third.greet(hello("c", "127.0.0.1:3", 10)).find("a later incarnation"), std::string::npos);
  second.send_message("honest, but of c");
  ASSERT_TRUE(b_->wait_for_text("honest, but of c"));
  b_->letters_.clear();
  expect_only_honest();
}

TEST_F(SecurityTest, ANodeChangesItsKey) {
  const std::string address = b_->address();
  ASSERT_TRUE(a_->send_until_heard(*b_, "before"));
  // The new key is allowed first; until the node has it, the old one is found.
  const KeyPair next = generate_key_pair();
  ASSERT_TRUE(allow(keys_.list_, {next.public_key, "b", address}));
  reload();
  a_->transport().forget(address);
  ASSERT_TRUE(a_->send_until_heard(*b_, "with the old key"));
  b_.reset();
  Options options = keys_.options("b", 5);
  ASSERT_TRUE(allow(keys_.list_, {keys_.key("b").public_key, "b", address}));
  options.security->own = next;
  options.bind = "tcp://" + address;
  b_ = std::make_unique<TestNode>(options);
  ASSERT_TRUE(a_->send_until_heard(*b_, "with the new key"));
  ASSERT_TRUE(b_->send_until_heard(*a_, "back"));
  keys_.revoke_key("b");
  reload();
  ASSERT_TRUE(a_->send_until_heard(*b_, "without the old key"));
}

TEST_F(SecurityTest, StartWantsItsOwnKeyOnTheList) {
  Options options = keys_.options("c", 3);
  keys_.revoke_key("c");
  auto started = Transport::start(options, {});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("shoal key allow " + to_hex(keys_.key("c").public_key) + " c"),
            std::string::npos);
  keys_.allow_key("c");
  options.self.name = "d";
  started = Transport::start(options, {});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("as that of 'c', and it is 'd'"), std::string::npos);

  // With keys, and an address for others, it may be reached from other machines.
  options.self.name = "c";
  options.bind = "tcp://0.0.0.0:0";
  started = Transport::start(options, {});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("give it the address"), std::string::npos);
  options.self.address = "127.0.0.1:3";
  EXPECT_TRUE(Transport::start(options, {}));
  EXPECT_FALSE(b_->transport().counters().keys_refused);
}

TEST_F(SecurityTest, AListThatCannotBeReadLeavesTheOldOne) {
  std::ofstream(keys_.list_, std::ios::app) << "nonsense\n";
  const auto reloaded = b_->transport().reload_allow_list();
  ASSERT_FALSE(reloaded);
  EXPECT_NE(reloaded.error().message.find("allowed:3: "), std::string::npos) << reloaded.error().message;
  expect_only_honest();
}

TEST(ClusterNameTest, ANodeOfAnotherClusterIsNamedOnBothSides) {
  TestNode a(node_options("a", 1));
  Options options = node_options("b", 2);
  options.cluster_name = "other";
  TestNode b(options);
  ASSERT_TRUE(a.send(b, "evil"));
  ASSERT_TRUE(b.wait_for_warning("'a' at " + a.address() + " is refused: it is of cluster 'test'"));
  ASSERT_TRUE(
      a.wait_for_warning(b.address() + " refuses this node: it is of cluster 'test', this one of 'other'"));
  EXPECT_TRUE(b.letters_.empty());
}

TEST(ClusterNameTest, ANodeOfAnotherVersionIsToldSo) {
  TestNode b(node_options("b", 2));
  RawPeer newer(b.address());
  std::string hello = encode(Hello{"test", {"a", "127.0.0.1:1", cluster::Uid{1}}});
  hello[1] = 9;
  newer.send(hello);
  const auto refused = newer.receive(20'000);
  ASSERT_TRUE(refused);
  EXPECT_NE(std::get<Refusal>(decode_greeting(*refused).value()).reason.find("version 9"), std::string::npos);
  ASSERT_TRUE(b.wait_for_warning("version 9"));
}

TEST(ClusterNameTest, ANodeThatReachesItselfIsToldSo) {
  TestNode a(node_options("a", 1));
  ASSERT_TRUE(a.send(a, "to myself"));
  ASSERT_TRUE(a.wait_for_warning("is this node itself"));
}

}  // namespace
}  // namespace shoal::transport::test
