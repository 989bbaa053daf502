// Goal: the oldest member runs a singleton after all others said that they do not, the one before it stops
// first, and who was removed has the margin to stop. Method: managers over tables made by hand, messages
// handed over.

#include "cluster/singleton.hpp"

#include <gtest/gtest.h>

#include "cluster/singleton_proxy.hpp"

namespace shoal::cluster {
namespace {

class SingletonTest : public testing::Test {
 protected:
  using State = SingletonManager::State;

  static Record record(std::uint64_t uid, MemberState state) {
    Record record;
    record.member.profile = std::make_shared<const Profile>(
        Profile{"n", "10.0.0." + std::to_string(uid) + ":7000", Uid{uid}, {"work"}});
    record.member.state = state;
    record.member.up_number = state >= MemberState::up ? uid : 0;
    return record;
  }
  void say(std::uint64_t uid, MemberState state) { table.merge(record(uid, state), now_ms); }

  SingletonManager& manager(std::uint64_t uid) {
    return managers.try_emplace(uid, SingletonConfig{.name = "one", .role = "work"}, Uid{uid}).first->second;
  }

  // Lets all look, and hands over what they say until nobody says anything.
  void run() {
    for (int round = 0; round < 20; ++round) {
      for (auto& [uid, each] : managers) each.follow(table, ViewIs::agreed, now_ms, outputs[uid]);
      std::vector<SingletonMessage> sends;
      for (auto& [uid, output] : outputs) {
        for (SingletonMessage& send : std::exchange(output.sends, {})) sends.push_back(std::move(send));
      }
      for (const SingletonMessage& send : sends) {
        if (!deaf.contains(send.to)) manager(send.to.value).receive(send, outputs[send.to.value]);
      }
      for (auto& [uid, output] : outputs) {
        if (std::exchange(output.stop, false)) manager(uid).stopped(output);
      }
    }
  }

  std::int64_t now_ms = 1'000;
  MemberTable table{24 * 3'600'000LL};
  std::map<std::uint64_t, SingletonManager> managers;
  std::map<std::uint64_t, SingletonOutputs> outputs;
  std::set<Uid> deaf;
};

TEST_F(SingletonTest, TheOldestRunsItAfterAllOthersGaveTheirWord) {
  for (const std::uint64_t uid : {1U, 2U, 3U}) {
    say(uid, MemberState::up);
    manager(uid);
  }
  deaf = {Uid{3}};
  run();
  EXPECT_EQ(manager(1).state(), State::asking);
  EXPECT_EQ(manager(2).state(), State::idle);
  deaf.clear();
  now_ms += 999;
  run();
  EXPECT_EQ(manager(1).state(), State::asking);
  now_ms += 1;
  run();
  EXPECT_EQ(manager(1).state(), State::running);
  EXPECT_TRUE(outputs[1].start);
  EXPECT_FALSE(outputs[2].start || outputs[3].start);
}

TEST_F(SingletonTest, OneThatNeverSawAnAgreedViewDoesNotStartIt) {
  say(1, MemberState::up);
  SingletonOutputs output;
  manager(1).follow(table, ViewIs::open, now_ms, output);
  EXPECT_FALSE(output.start);
  manager(1).follow(table, ViewIs::agreed, now_ms, output);
  EXPECT_TRUE(output.start);
}

TEST_F(SingletonTest, TheOldOneStopsItBeforeTheNewOneStarts) {
  say(1, MemberState::up);
  say(2, MemberState::up);
  manager(1);
  manager(2);
  run();
  ASSERT_EQ(manager(1).state(), State::running);
  say(1, MemberState::leaving);
  SingletonOutputs& old_one = outputs[1];
  SingletonOutputs& new_one = outputs[2];
  manager(2).follow(table, ViewIs::agreed, now_ms, new_one);
  ASSERT_EQ(new_one.sends.size(), 1U);
  manager(1).follow(table, ViewIs::agreed, now_ms, old_one);
  manager(1).receive(new_one.sends[0], old_one);
  EXPECT_TRUE(old_one.stop);
  EXPECT_TRUE(old_one.sends.empty());
  EXPECT_EQ(manager(1).state(), State::stopping);
  manager(1).stopped(old_one);
  ASSERT_EQ(old_one.sends.size(), 1U);
  EXPECT_FALSE(new_one.start);
  manager(2).receive(old_one.sends[0], new_one);
  manager(2).follow(table, ViewIs::agreed, now_ms, new_one);
  EXPECT_TRUE(new_one.start);
}

TEST_F(SingletonTest, OneThatGaveItsWordNeedsNoMarginAndOneThatDidNotDoes) {
  for (const std::uint64_t uid : {1U, 2U, 3U}) say(uid, MemberState::up);
  for (const std::uint64_t uid : {1U, 2U, 3U}) manager(uid);
  run();
  say(1, MemberState::leaving);
  run();
  EXPECT_EQ(manager(2).state(), State::running);
  managers.erase(2);  // a crash
  outputs.clear();
  say(1, MemberState::removed);
  say(2, MemberState::down);
  managers.erase(1);
  run();
  EXPECT_EQ(manager(3).state(), State::asking);
  say(2, MemberState::removed);
  managers.erase(2);
  outputs.clear();
  run();
  now_ms += 19'999;
  run();
  EXPECT_EQ(manager(3).state(), State::asking);
  EXPECT_EQ(manager(3).wakeup_ms(), now_ms + 1);
  now_ms += 1;
  run();
  EXPECT_EQ(manager(3).state(), State::running);
}

TEST_F(SingletonTest, AMemberRemovedBeforeThisOneCameHasTheMarginToo) {
  Record removed = record(1, MemberState::removed);
  removed.removed_age_ms = 5'000;
  table.merge(removed, now_ms);
  say(2, MemberState::up);
  manager(2);
  run();
  EXPECT_EQ(manager(2).state(), State::asking);
  now_ms += 15'000;
  run();
  EXPECT_EQ(manager(2).state(), State::running);
}

TEST_F(SingletonTest, AnswersOfAnotherAttemptAndAsksOfStrangersCountNothing) {
  say(1, MemberState::up);
  say(2, MemberState::up);
  SingletonOutputs output;
  manager(1).follow(table, ViewIs::agreed, now_ms, output);
  ASSERT_EQ(output.sends.size(), 1U);
  SingletonMessage word = output.sends[0];
  std::swap(word.from, word.to);
  word.kind = SingletonMessageKind::done;
  ++word.attempt;
  manager(1).receive(word, output);
  manager(1).follow(table, ViewIs::agreed, now_ms, output);
  EXPECT_FALSE(output.start);
  output.clear();
  SingletonMessage stranger = word;
  stranger.kind = SingletonMessageKind::hand_over;
  stranger.from = Uid{9};
  manager(1).receive(stranger, output);
  stranger.from = Uid{2};  // younger: it will hear the same from this node
  manager(1).receive(stranger, output);
  EXPECT_TRUE(output.sends.empty());
}

TEST_F(SingletonTest, MessagesReachWhatRunsAndAreRefusedElsewhere) {
  say(1, MemberState::up);
  manager(1);
  run();
  SingletonMessage message{.kind = SingletonMessageKind::deliver, .from = Uid{7}, .payload = "hello"};
  manager(1).receive(message, outputs[1]);
  EXPECT_EQ(outputs[1].deliveries, std::vector<std::string>{"hello"});
  manager(2).receive(message, outputs[2]);
  EXPECT_TRUE(outputs[2].deliveries.empty());
  ASSERT_EQ(outputs[2].sends.size(), 1U);
  EXPECT_EQ(outputs[2].sends[0].kind, SingletonMessageKind::not_here);
  EXPECT_EQ(manager(2).refused(), 1U);
}

class SingletonProxyTest : public SingletonTest {
 protected:
  static SingletonMessage answer(SingletonMessageKind kind, std::uint64_t from) {
    return {.kind = kind, .from = Uid{from}, .to = Uid{9}, .singleton = "one"};
  }
  SingletonProxy proxy{{.name = "one", .role = "work", .buffer_messages_max = 2}, Uid{9}};
  SingletonProxyOutputs said;
};

TEST_F(SingletonProxyTest, KeepsTheNewestUntilItKnowsWhere) {
  say(1, MemberState::up);
  for (const char* payload : {"a", "b", "c"}) proxy.tell(payload, said);
  ASSERT_EQ(said.drops.size(), 1U);
  EXPECT_EQ(said.drops[0].payload, "a");
  EXPECT_EQ(said.drops[0].reason,
            "where singleton 'one' runs is not known yet, and 2 messages wait for it already");
  EXPECT_EQ(proxy.dropped(), 1U);
  proxy.follow(table, now_ms, said);
  ASSERT_EQ(said.sends.size(), 1U);
  EXPECT_EQ(said.sends[0].kind, SingletonMessageKind::identify);
  EXPECT_EQ(said.sends[0].to, Uid{1});
  said.clear();
  proxy.receive(answer(SingletonMessageKind::here, 1), said);
  proxy.tell("d", said);
  ASSERT_EQ(said.sends.size(), 3U);
  EXPECT_EQ(said.sends[0].payload, "b");
  EXPECT_EQ(said.sends[2].payload, "d");
  EXPECT_EQ(proxy.buffered(), 0U);
}

TEST_F(SingletonProxyTest, AsksAgainEverySecondAndWhenWhoRanItIsGone) {
  say(1, MemberState::up);
  say(2, MemberState::up);
  proxy.follow(table, now_ms, said);
  proxy.receive(answer(SingletonMessageKind::here, 1), said);
  said.clear();
  proxy.follow(table, now_ms + 999, said);
  EXPECT_TRUE(said.sends.empty());
  proxy.follow(table, now_ms + 1'000, said);
  ASSERT_EQ(said.sends.size(), 1U);
  say(1, MemberState::down);
  said.clear();
  proxy.follow(table, now_ms + 1'001, said);
  EXPECT_EQ(proxy.location(), std::nullopt);
  ASSERT_EQ(said.sends.size(), 1U);
  EXPECT_EQ(said.sends[0].to, Uid{2});
  proxy.receive(answer(SingletonMessageKind::here, 2), said);
  EXPECT_EQ(proxy.location(), Uid{2});
  proxy.receive(answer(SingletonMessageKind::not_here, 1), said);
  EXPECT_EQ(proxy.location(), Uid{2});
  proxy.receive(answer(SingletonMessageKind::not_here, 2), said);
  EXPECT_EQ(proxy.location(), std::nullopt);
}

TEST(SingletonWireTest, EveryFieldComesAsItWentAndTheBytesStay) {
  using namespace std::string_literals;
  const SingletonMessage sent{.kind = SingletonMessageKind::deliver,
                              .from = Uid{1},
                              .to = Uid{2},
                              .attempt = 3,
                              .singleton = "one",
                              .payload = "hi"};
  std::string bytes;
  encode(sent, bytes);
  EXPECT_EQ(bytes, "\x01\x01\x05\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\x03\0one\x02\0\0\0hi"s);
  const SingletonMessage message = decode_singleton(bytes).value();
  EXPECT_EQ(message.kind, sent.kind);
  EXPECT_EQ(message.from, sent.from);
  EXPECT_EQ(message.to, sent.to);
  EXPECT_EQ(message.attempt, sent.attempt);
  EXPECT_EQ(message.singleton, sent.singleton);
  EXPECT_EQ(message.payload, sent.payload);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_singleton(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  for (std::size_t at = 0; at < 3; ++at) {
    std::string changed = bytes;
    changed[at] = 9;
    EXPECT_FALSE(decode_singleton(changed).has_value()) << at;
  }
  EXPECT_EQ(decode_singleton(bytes + "x").error().message,
            "a message about a singleton: message is longer than it says");
}

}  // namespace
}  // namespace shoal::cluster
