// Goal: what a durable entity has answered for is there when its shard is made again; nothing leaves before
// what it says counts. Method: one lane with a log in memory that outlives it; both durabilities by the same
// tests.

#include <thread>

#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes::durable_test {
namespace {

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

// An owner that was killed may answer for its lease. Who ends before that is over has not outwaited it: the
// next one has to.
TEST_P(DurableTest, AHostThatEndsDuringAnEarlierLeaseDoesNotSaySo) {
  { EXPECT_EQ(start()->add("a0", 5), sum(5, 1)); }
  EXPECT_TRUE(journal_.logs[shard_of("a0")].is_closed);
  // As if it had been killed, and its lease were long.
  MemoryJournal::Log& log = journal_.logs[shard_of("a0")];
  EXPECT_EQ(log.lease_ms, host().lease.count());
  log.is_closed = false;
  log.lease_ms = 600'000;
  {
    Host second(journal_, registry_, host());
    const auto is_open = [](Lane& lane) { return lane.counters().shards_closed == 0; };
    const auto deadline = Clock::now() + std::chrono::seconds(30);
    while (!second.on_lane(is_open) && Clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(second.on_lane(is_open));
  }
  EXPECT_FALSE(log.is_closed);
  EXPECT_EQ(log.lease_ms, 600'000U);
  log.lease_ms = 1;
  EXPECT_EQ(start()->look("a0"), sum(5, 1));
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
  HostOptions options = this->host();
  options.checkpoint_bytes = kCheckpointBytes;
  Host host(journal_, registry_, options);
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

}  // namespace
}  // namespace shoal::lanes::durable_test
