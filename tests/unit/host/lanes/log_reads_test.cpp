// Goal: of several reads of a shard each gets what is its own, and who waits is always told. Method: reads of
// two shards, begun, fed, ended and dropped by hand.
#include "host/lanes/log_reads.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "journal/record_sums.hpp"

namespace shoal::lanes {
namespace {

constexpr journal::LogShard log_a{journal::TypeNumber(1), ShardId(0)};
constexpr journal::LogShard log_b{journal::TypeNumber(1), ShardId(1)};

struct Reader {
  std::optional<Result<journal::EntityRecords::Found>> told;

  void begin(LogReads& reads, const journal::LogShard& shard) {
    reads.begin_history(shard, {"a", journal::Sequence(1), 10, 1000},
                        [this](auto found) { told.emplace(std::move(found)); });
  }
};

std::string turn_of(const char* entity) {
  const journal::RecordBody body = journal::Turn{entity, 1, 1, {}, {}};
  std::string bytes(journal::encoded_bytes(body), '\0');
  journal::encode({log_a, journal::Epoch(1), journal::Sequence(1), journal::kind_of(body)}, body,
                  bytes.data());
  journal::sum_up(bytes, bytes.size(), 0);
  return bytes;
}

TEST(LogReadsTest, WhatComesIsOfTheReadThatBeganFirst) {
  LogReads reads;
  Reader early;
  Reader late;
  Reader other;
  early.begin(reads, log_a);
  reads.begin_reload(log_a);
  late.begin(reads, log_a);
  other.begin(reads, log_b);
  ASSERT_NE(reads.history_of(log_a), nullptr);
  reads.history_of(log_a)->record(log_a, turn_of("a"));
  EXPECT_TRUE(reads.end(log_a));
  ASSERT_TRUE(early.told && *early.told);
  EXPECT_EQ(early.told->value().records.size(), 1U);
  EXPECT_FALSE(late.told || other.told);

  EXPECT_EQ(reads.history_of(log_a), nullptr) << "the shard reads itself again";
  EXPECT_FALSE(reads.end(log_a));
  EXPECT_TRUE(reads.end(log_a));
  ASSERT_TRUE(late.told && *late.told);
  EXPECT_TRUE(late.told->value().records.empty());

  EXPECT_FALSE(reads.end(log_a)) << "nothing was begun: a recovery";
  EXPECT_EQ(reads.history_of(log_a), nullptr);
  EXPECT_TRUE(reads.end(log_b));
  EXPECT_TRUE(other.told);
}

TEST(LogReadsTest, WhoWaitsIsToldWhereNothingMoreComes) {
  LogReads reads;
  Reader lost;
  Reader other;
  reads.begin_reload(log_a);
  lost.begin(reads, log_a);
  other.begin(reads, log_b);
  reads.drop(log_a);
  ASSERT_TRUE(lost.told);
  EXPECT_EQ(lost.told->error().code, ErrorCode::unavailable);
  EXPECT_FALSE(other.told);
  EXPECT_FALSE(reads.end(log_a));
  reads.drop(log_a);
}

TEST(LogReadsTest, SoManyAreReadAtATime) {
  LogReads reads;
  Reader reader;
  for (std::size_t i = 0; i < LogReads::histories_max; ++i) {
    ASSERT_TRUE(reads.has_room());
    reader.begin(reads, i == 0 ? log_b : log_a);
  }
  EXPECT_FALSE(reads.has_room());
  reads.begin_reload(log_a);
  EXPECT_FALSE(reads.has_room());
  EXPECT_TRUE(reads.end(log_b));
  EXPECT_TRUE(reads.has_room());
  reads.drop(log_a);
  for (std::size_t i = 0; i < LogReads::histories_max; ++i) {
    ASSERT_TRUE(reads.has_room());
    reader.begin(reads, log_b);
  }
}

}  // namespace
}  // namespace shoal::lanes
