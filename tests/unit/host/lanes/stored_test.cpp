// Goal: an entity that is not active is in the state store and nowhere else, and whatever is wrong with the
// store, nothing is lost. Method: one lane with a log and a store in memory, both of which outlive it; both
// durabilities by the same tests.

#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes::durable_test {
namespace {

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
  HostOptions options = this->host();
  options.states = &other;
  Host host(journal_, registry_, options);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(host.look("a" + std::to_string(i)), sum(i + 100, 1));
}

INSTANTIATE_TEST_SUITE_P(Each, StoredTest,
                         testing::Values(Kind{"account", true, true}, Kind{"register", false, true}),
                         [](const auto& test) { return std::string(test.param.type); });

}  // namespace
}  // namespace shoal::lanes::durable_test
