// Goal: what a durable entity has answered for is there when its shard is made again; nothing leaves before
// what it says counts. Method: one lane with a log in memory that outlives it; both durabilities by the same
// tests.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "journal/store_thread.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"
#include "tests/unit/host/lanes/memory_log.hpp"
#include "tests/unit/host/lanes/memory_states.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kShards = 4;

std::uint32_t partition_of(shoal_bytes key, std::uint32_t shards) {
  return static_cast<std::uint32_t>(key.data[key.size - 1] - '0') % shards;
}

// What it was answered, or why not.
std::string text_of(std::future<Result<Reply>>& reply) {
  if (reply.wait_for(std::chrono::seconds(40)) != std::future_status::ready) return "the lane is stuck";
  const auto got = reply.get();
  return got ? got.value().body : got.error().message;
}

// A host's lane: it ends with this.
class Host {
 public:
  Host(MemoryJournal& journal, modules::Registry& registry, std::string type, bool takes_events,
       MemoryStates* states = nullptr, std::size_t checkpoint_bytes = checkpoint_bytes_default)
      : type_(registry.find_type(type)) {
    Lane::Options options;
    options.partition_of = partition_of;
    options.outputs.emplace_back();
    options.lease = std::chrono::milliseconds(200);
    options.checkpoint_bytes = checkpoint_bytes;
    lane_ = std::make_unique<Lane>(std::move(options));
    lane_->use_log(std::make_unique<MemoryLog>(journal, lane_->waker()));
    if (states != nullptr) {
      journal::StoreThreadOptions store;
      store.retry_ms = 10;
      store.wake = lane_->waker();
      lane_->use_store(std::make_unique<journal::StoreThread>(*states, std::move(store)));
    }
    lane_->connect({lane_.get()});
    TypePlan plan;
    plan.shard_count = kShards;
    plan.type = type_;
    plan.policy.durability = takes_events ? Durability::events : Durability::state;
    lane_->put([plan](Lane& self) { self.open_type(plan); });
    lane_->start();
  }
  ~Host() {
    lane_->drain();
    lane_->join();
  }

  std::future<Result<Reply>> start_ask(const std::string& id, std::string_view message, std::string body) {
    Message asked;
    asked.shard = ShardId{partition_of(to_bytes(std::string_view(id)), kShards)};
    asked.id = id;
    asked.message_index = *type_->find_message(message);
    asked.body = std::move(body);
    asked.deadline = Clock::now() + std::chrono::seconds(30);
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    asked.on_reply = [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); };
    auto parcel = std::make_unique<Parcel>();
    add(*parcel, asked);
    EXPECT_TRUE(lane_->put(parcel));
    return promise->get_future();
  }
  std::string ask(const std::string& id, std::string_view message, std::string body) {
    auto reply = start_ask(id, message, std::move(body));
    return text_of(reply);
  }
  std::string add(const std::string& id, int by) {
    return ask(id, "add", "{\"by\":" + std::to_string(by) + "}");
  }
  std::string add_then(const std::string& id, int by, const std::string& then) {
    return ask(id, "add", "{\"by\":" + std::to_string(by) + ",\"then\":\"" + then + "\"}");
  }
  // What the log says of it: how many records; or why not.
  std::future<std::string> start_history(const std::string& id, std::size_t records_max = 100) {
    auto promise = std::make_shared<std::promise<std::string>>();
    const ShardId shard{partition_of(to_bytes(std::string_view(id)), kShards)};
    const journal::EntityRecords::Wanted wanted{id, journal::Sequence(1), records_max, 1 << 20};
    lane_->put([promise, shard, wanted](Lane& self) {
      self.read_history(TypeIndex{0}, shard, wanted, [promise](auto found) {
        promise->set_value(!found               ? found.error().message
                           : found.value().next ? "more"
                                                : std::to_string(found.value().records.size()));
      });
    });
    return promise->get_future();
  }
  std::string look(const std::string& id) { return ask(id, "look", "{}"); }

 private:
  static void add(Parcel& parcel, Message& message) { lanes::add(parcel, message); }

  std::shared_ptr<const modules::EntityType> type_;
  std::unique_ptr<Lane> lane_;
};

// Whether it holds, as soon as it does, else after a while.
template <class Condition>
bool comes_true(Condition&& condition) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (Clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string sum(int of, int changes) {
  return "{\"sum\":" + std::to_string(of) + ",\"changes\":" + std::to_string(changes) + "}";
}

struct Kind {
  const char* type;
  bool takes_events;
  bool has_store;
};

class DurableTest : public testing::TestWithParam<Kind> {
 protected:
  DurableTest() {
    const auto loaded = registry_.load(tests::test_module("durable"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }
  std::unique_ptr<Host> start() {
    return std::make_unique<Host>(journal_, registry_, GetParam().type, GetParam().takes_events, states());
  }
  MemoryStates* states() { return GetParam().has_store ? &states_ : nullptr; }
  static journal::LogShard shard_of(const std::string& id) {
    return {journal::type_number(GetParam().type),
            ShardId{partition_of(to_bytes(std::string_view(id)), kShards)}};
  }

  MemoryJournal journal_;
  MemoryStates states_;
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
};

TEST_P(DurableTest, WhatWasAnsweredIsThereAfterARestart) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a0", 5), sum(5, 1));
    EXPECT_EQ(host->add("a0", 2), sum(7, 2));
    EXPECT_EQ(host->add("b1", 1), sum(1, 1));
  }
  const auto host = start();
  EXPECT_EQ(host->look("a0"), sum(7, 2));
  EXPECT_EQ(host->look("b1"), sum(1, 1));
  EXPECT_EQ(host->look("c2"), sum(0, 0));
  EXPECT_EQ(host->add("a0", 3), sum(10, 3));
}

TEST_P(DurableTest, NothingIsAnsweredBeforeItCounts) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.holds = true;
  auto reply = host->start_ask("a0", "add", R"({"by":1})");
  auto look = host->start_ask("a0", "look", "{}");
  const std::uint64_t commits = journal_.commits;
  EXPECT_EQ(reply.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_EQ(look.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  EXPECT_GE(journal_.commits, commits);
  journal_.let_count();
  EXPECT_EQ(text_of(reply), sum(6, 2));
  EXPECT_EQ(text_of(look), sum(6, 2));
}

TEST_P(DurableTest, ATurnThatFailsLeavesWhatTheOnesBeforeItDid) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  EXPECT_NE(host->add_then("a0", 100, "fail").find("turn_failed"), std::string::npos);
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_EQ(host->add("a0", 1), sum(6, 2));
}

// The first of them has its turn in the same batch as the one that fails.
TEST_P(DurableTest, ATurnThatFailsInABatchLeavesTheOthersOfIt) {
  const auto host = start();
  auto first = host->start_ask("a0", "add", R"({"by":5})");
  auto second = host->start_ask("a0", "add", R"({"by":100,"then":"fail"})");
  auto third = host->start_ask("a0", "add", R"({"by":1})");
  EXPECT_EQ(text_of(first), sum(5, 1));
  EXPECT_FALSE(second.get().has_value());
  EXPECT_EQ(text_of(third), sum(6, 2));
}

// One reading of the log brings back those that had failed before it began, the next one the others.
TEST_P(DurableTest, WhoFailsWhileTheLogIsReadForAnotherIsReadNext) {
  const auto host = start();
  for (const char* id : {"a0", "b0", "c0"}) EXPECT_EQ(host->add(id, 5), sum(5, 1));
  journal_.holds_reads = true;
  for (const char* id : {"a0", "b0", "c0"})
    EXPECT_NE(host->add_then(id, 100, "fail").find("turn_failed"), std::string::npos);
  auto look = host->start_ask("a0", "look", "{}");
  EXPECT_EQ(look.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  journal_.let_read();
  EXPECT_EQ(text_of(look), sum(5, 1));
  for (const char* id : {"a0", "b0", "c0"}) EXPECT_EQ(host->add(id, 1), sum(6, 2));
}

TEST_P(DurableTest, AnEntityThatFailsInItsFirstTurnIsNew) {
  const auto host = start();
  EXPECT_NE(host->add_then("a0", 100, "fail").find("turn_failed"), std::string::npos);
  EXPECT_EQ(host->add("a0", 1), sum(1, 1));
}

TEST_P(DurableTest, AnEntityThatStopsComesBackAsItWas) {
  const auto host = start();
  EXPECT_EQ(host->add_then("a0", 5, "stop"), sum(5, 1));
  EXPECT_EQ(host->add("a0", 1), sum(6, 2));
}

TEST_P(DurableTest, WhatOnlyLooksWritesNothing) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  const std::uint64_t records = journal_.records_of(shard_of("a0"));
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_EQ(journal_.records_of(shard_of("a0")), records);
}

TEST_P(DurableTest, WhatTheLogSaysOfAnEntityIsShown) {
  const auto host = start();
  for (int changes = 1; changes <= 3; ++changes) EXPECT_EQ(host->add("a0", 1), sum(changes, changes));
  EXPECT_EQ(host->add("b0", 1), sum(1, 1));
  EXPECT_EQ(host->start_history("a0").get(), "3");
  EXPECT_EQ(host->start_history("a0", 2).get(), "more");
  EXPECT_EQ(host->start_history("c0").get(), "0");
  EXPECT_EQ(host->add("a0", 1), sum(4, 4)) << "the shard is as it was";
}

// Three reads of one log at once; each gets its own.
TEST_P(DurableTest, AnEntityThatFailsIsReadAgainBesideThoseThatAreShown) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.holds_reads = true;
  auto early = host->start_history("a0");
  EXPECT_NE(host->add_then("a0", 100, "fail").find("turn_failed"), std::string::npos);
  auto late = host->start_history("a0");
  journal_.let_read();
  EXPECT_EQ(early.get(), "1");
  EXPECT_EQ(late.get(), "1");
  EXPECT_EQ(host->look("a0"), sum(5, 1));
}

TEST_P(DurableTest, OnlySoManyHistoriesAreReadAtATime) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.holds_reads = true;
  std::vector<std::future<std::string>> shown;
  for (std::size_t i = 0; i < LogReads::histories_max; ++i) shown.push_back(host->start_history("a0"));
  EXPECT_NE(host->start_history("a0").get().find("too many"), std::string::npos);
  journal_.let_read();
  for (auto& each : shown) EXPECT_EQ(each.get(), "1");
  EXPECT_EQ(host->start_history("a0").get(), "1");
}

TEST_P(DurableTest, WhoWaitsForAHistoryIsToldThatTheLogIsLost) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.holds_reads = true;
  auto lost = host->start_history("a0");
  journal_.fails_next = true;
  EXPECT_NE(host->add("a0", 100).find("lost its log"), std::string::npos);
  EXPECT_NE(lost.get().find("closed or lost"), std::string::npos);
  EXPECT_NE(host->start_history("a0").get().find("does not have its log now"), std::string::npos);
  journal_.let_read();
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  // A checkpoint follows a recovery, and may have said it once more.
  EXPECT_GE(std::stoi(host->start_history("a0").get()), 1);
}

TEST_P(DurableTest, AHistoryIsWithWhoeverHasTheLog) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.failure = journal::LogFailure::newer_claim;
  journal_.fails_next = true;
  EXPECT_NE(host->add("a0", 100).find("lost its log"), std::string::npos);
  EXPECT_NE(host->start_history("a0").get().find("another host has the log"), std::string::npos);
}

TEST_P(DurableTest, AShardThatLosesItsLogIsMadeAgainFromIt) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.fails_next = true;
  EXPECT_NE(host->add("a0", 100).find("lost its log"), std::string::npos);
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_EQ(host->add("a0", 1), sum(6, 2));
}

TEST_P(DurableTest, AShardThatAnotherHostHasTakenRefusesItsMessages) {
  const auto host = start();
  EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  journal_.failure = journal::LogFailure::newer_claim;
  journal_.fails_next = true;
  EXPECT_NE(host->add("a0", 100).find("lost its log"), std::string::npos);
  EXPECT_NE(host->look("a0").find("shard_lost: another host has the log"), std::string::npos);
  EXPECT_NE(host->add("a0", 1).find("shard_lost"), std::string::npos);
}

TEST_P(DurableTest, AShardWhoseLogCannotBeReadRefusesItsMessages) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a0", 5), sum(5, 1));
  }
  journal_.spoil(shard_of("a0"));
  const auto host = start();
  EXPECT_NE(host->look("a0").find("shard_lost"), std::string::npos);
  std::string elsewhere = "b";
  while (shard_of(elsewhere) == shard_of("a0")) elsewhere += 'b';
  EXPECT_EQ(host->add(elsewhere, 1), sum(1, 1)) << "the other shards go on";
}

// A recovery brings a checkpoint, of entities that are active and of those that are not; what the log said
// before may go then.
TEST_P(DurableTest, ACheckpointHoldsAllThatWasBeforeIt) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a0", 5), sum(5, 1));
    EXPECT_EQ(host->add_then("b0", 1, "stop"), sum(1, 1));
  }
  {
    const auto host = start();
    EXPECT_EQ(host->add_then("c0", 2, "stop"), sum(2, 1));
    EXPECT_TRUE(journal_.forget_before_checkpoint(shard_of("a0")));
  }
  const auto host = start();
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_EQ(host->look("b0"), sum(1, 1));
  EXPECT_EQ(host->add("c0", 1), sum(3, 2));
}

// Whose checkpoint is longer than what makes the next one due.
TEST_P(DurableTest, AShardWithMuchToSayDoesNotSayItAgainAndAgain) {
  constexpr std::size_t kCheckpointBytes = 500;
  Host host(journal_, registry_, GetParam().type, GetParam().takes_events, states(), kCheckpointBytes);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(host.add("a" + std::to_string(i), 1), sum(1, 1));
  EXPECT_TRUE(journal_.forget_before_checkpoint(shard_of("a0")));
  const std::size_t before = journal_.checkpoints_of(shard_of("a0"));
  // Long enough for many more.
  for (const auto until = Clock::now() + std::chrono::milliseconds(1'500); Clock::now() < until;)
    EXPECT_EQ(host.look("a0"), sum(1, 1));
  EXPECT_LE(journal_.checkpoints_of(shard_of("a0")), before + 2);
}

INSTANTIATE_TEST_SUITE_P(Each, DurableTest,
                         testing::Values(Kind{"account", true, false}, Kind{"register", false, false},
                                         Kind{"account", true, true}, Kind{"register", false, true}),
                         [](const auto& test) {
                           return std::string(test.param.type) +
                                  (test.param.has_store ? "_store" : "_memory");
                         });

// --- where there is a store
class StoredTest : public DurableTest {
 protected:
  // Adds, and is then no object any more: its state is in the store.
  void put_away(Host& host, const std::string& id, int by, const std::string& expected) {
    EXPECT_EQ(host.add_then(id, by, "stop"), expected);
    EXPECT_TRUE(states_.has_state(shard_of(id), id));
  }
};

TEST_P(StoredTest, WhoLeavesMemoryComesBackFromTheStore) {
  const auto host = start();
  put_away(*host, "a0", 5, sum(5, 1));
  EXPECT_TRUE(comes_true([&] {
    const std::uint64_t before = states_.reads;
    EXPECT_EQ(host->look("a0"), host->look("a0"));
    EXPECT_NE(host->add_then("a0", 0, "stop"), "");
    return states_.reads > before;
  }));
  EXPECT_NE(host->look("a0").find("\"sum\":5"), std::string::npos);
}

// Messages of an entity whose state is on its way wait, in their order, and others go on.
TEST_P(StoredTest, MessagesWaitForWhatIsReadInTheirOrder) {
  const auto host = start();
  put_away(*host, "a0", 5, sum(5, 1));
  std::vector<std::future<Result<Reply>>> replies;
  for (int i = 0; i < 20; ++i) replies.push_back(host->start_ask("a0", "add", R"({"by":2})"));
  EXPECT_EQ(host->add("b0", 1), sum(1, 1));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(text_of(replies[static_cast<std::size_t>(i)]), sum(7 + 2 * i, i + 2));
  }
}

TEST_P(StoredTest, NothingThatDoesNotCountIsInTheStore) {
  const auto host = start();
  EXPECT_EQ(host->add("b0", 1), sum(1, 1));
  journal_.holds = true;
  auto reply = host->start_ask("a0", "add", R"({"by":5,"then":"stop"})");
  EXPECT_EQ(reply.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  EXPECT_FALSE(states_.state(shard_of("a0"), "a0"));
  journal_.let_count();
  EXPECT_EQ(text_of(reply), sum(5, 1));
  EXPECT_TRUE(states_.has_state(shard_of("a0"), "a0"));
}

// With a mark that stands, what a checkpoint says once more is not written again.
TEST_P(StoredTest, WhatTheStoreHasIsNotMadeAgainAfterARestart) {
  {
    const auto host = start();
    put_away(*host, "a0", 5, sum(5, 1));
    EXPECT_EQ(host->add("b0", 1), sum(1, 1));
  }
  {
    // A recovery brings a checkpoint.
    const auto host = start();
    EXPECT_EQ(host->look("b0"), sum(1, 1));
    EXPECT_TRUE(journal_.forget_before_checkpoint(shard_of("a0")));
    EXPECT_TRUE(states_.has_checkpoint(shard_of("a0")));
    EXPECT_EQ(host->add("b0", 1), sum(2, 2));
    EXPECT_EQ(host->add("c0", 1), sum(1, 1));
  }
  const std::uint64_t reads = states_.reads;
  const auto host = start();
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_GT(states_.reads, reads);
  EXPECT_EQ(host->look("b0"), sum(2, 2));
  EXPECT_EQ(host->look("c0"), sum(1, 1));
  EXPECT_EQ(host->look("d0"), sum(0, 0));
  EXPECT_EQ(states_.dropped, 0U);
}

TEST_P(StoredTest, AMarkThatTheLogDoesNotKnowIsNotBelieved) {
  {
    const auto host = start();
    put_away(*host, "a0", 5, sum(5, 1));
  }
  states_.forge_mark(shard_of("a0"));
  const auto host = start();
  EXPECT_EQ(host->look("a0"), sum(5, 1));
  EXPECT_EQ(states_.dropped, 1U);
}

TEST_P(StoredTest, AStoreThatIsGoneIsMadeAgain) {
  {
    const auto host = start();
    put_away(*host, "a0", 5, sum(5, 1));
    EXPECT_EQ(host->add("b0", 2), sum(2, 1));
  }
  EXPECT_TRUE(states_.drop(shard_of("a0")));
  const auto host = start();
  EXPECT_TRUE(states_.has_state(shard_of("a0"), "a0"));
  EXPECT_TRUE(states_.has_state(shard_of("a0"), "b0"));
  EXPECT_EQ(host->add("a0", 1), sum(6, 2));
  EXPECT_EQ(host->add("b0", 1), sum(3, 2));
}

// A damaged value costs the shard a reading of its log.
TEST_P(StoredTest, WhatIsDamagedIsMadeAgainFromTheLog) {
  const auto host = start();
  put_away(*host, "a0", 5, sum(5, 1));
  EXPECT_TRUE(comes_true([&] {
    states_.is_damaged = true;
    host->look("a0");
    host->add_then("a0", 0, "stop");
    return states_.dropped > 0;
  }));
  EXPECT_NE(host->add("a0", 1).find("\"sum\":6"), std::string::npos);
}

TEST_P(StoredTest, AStoreThatCannotBeWrittenCostsNothing) {
  const auto host = start();
  states_.fails_writes = true;
  EXPECT_EQ(host->add_then("a0", 5, "stop"), sum(5, 1));
  EXPECT_TRUE(comes_true([&] { return states_.refused > 3; }));
  EXPECT_EQ(host->add_then("a0", 1, "stop"), sum(6, 2));
  states_.fails_writes = false;
  EXPECT_TRUE(comes_true([&] {
    const auto state = states_.state(shard_of("a0"), "a0");
    return state && state->revision == 2;
  }));
  EXPECT_EQ(host->look("a0"), sum(6, 2));
}

// Those that are in the store only are said in a checkpoint: another host, with another store, has them.
TEST_P(StoredTest, ACheckpointSaysWhatOnlyTheStoreHas) {
  {
    const auto host = start();
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(host->add_then("a" + std::to_string(i), i + 100, "stop"), sum(i + 100, 1));
    for (int i = 0; i < 50; ++i)
      EXPECT_TRUE(states_.has_state(shard_of("a" + std::to_string(i)), "a" + std::to_string(i)));
  }
  {
    const auto host = start();
    for (const char* id : {"a0", "a1", "a2", "a3"})
      EXPECT_TRUE(journal_.forget_before_checkpoint(shard_of(id)));
  }
  MemoryStates other;
  Host host(journal_, registry_, GetParam().type, GetParam().takes_events, &other);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(host.look("a" + std::to_string(i)), sum(i + 100, 1));
}

INSTANTIATE_TEST_SUITE_P(Each, StoredTest,
                         testing::Values(Kind{"account", true, true}, Kind{"register", false, true}),
                         [](const auto& test) { return std::string(test.param.type); });

}  // namespace
}  // namespace shoal::lanes
