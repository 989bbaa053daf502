// Goal: a lane's log keeps a bounded part of what is written, for checkpoints that are a bounded part of it.
// Method: the rule by hand, and a log of numbers whose shards follow it.
#include "host/lanes/log_keepers.hpp"

#include <gtest/gtest.h>

#include <array>

namespace shoal::lanes {
namespace {

TEST(LogKeepers, NobodyHasToWhereThereIsNobody) { EXPECT_FALSE(LogKeepers(100).wants_checkpoint()); }

TEST(LogKeepers, TheOneThatKeepsMostIsNextAboveTheBound) {
  LogKeepers keepers(100);
  EXPECT_TRUE(keepers.add(299, 0));
  EXPECT_TRUE(keepers.add(300, 10));
  EXPECT_FALSE(keepers.add(300, 25));
  EXPECT_EQ(keepers.kept_bytes(), 300U);
  EXPECT_EQ(keepers.kept_bytes_max(), 300U) << "each has a part at least";
  EXPECT_FALSE(keepers.wants_checkpoint());
  EXPECT_TRUE(keepers.add(401, 0));
  EXPECT_TRUE(keepers.wants_checkpoint());
}

TEST(LogKeepers, LargeShardsLetALogKeepMore) {
  LogKeepers keepers(100);
  EXPECT_TRUE(keepers.add(4'100, 1'000));
  EXPECT_TRUE(keepers.wants_checkpoint());
  EXPECT_FALSE(keepers.add(0, 1'000));
  EXPECT_EQ(keepers.kept_bytes_max(), 8'000U);
  EXPECT_FALSE(keepers.wants_checkpoint());
}

// One shard writes, the others have large states and do nothing. A checkpoint is part of the log as well.
TEST(LogKeepers, WhatIsKeptAndWhatCheckpointsTakeAreBounded) {
  constexpr std::uint64_t checkpoint_bytes = 1'000;
  const std::array<std::uint64_t, 4> took = {10, 5'000, 40'000, 300};
  std::array<std::uint64_t, 4> needed_from{};
  std::uint64_t end = 0;
  std::uint64_t in_checkpoints = 0;
  std::uint64_t kept_bytes_max = 0;
  std::uint64_t kept_most = 0;
  for (int i = 0; i < 200'000; ++i) {
    end += 100;
    LogKeepers keepers(checkpoint_bytes);
    std::size_t next = 0;
    for (std::size_t shard = 0; shard < took.size(); ++shard) {
      if (keepers.add(end - needed_from[shard], took[shard])) next = shard;
    }
    kept_bytes_max = keepers.kept_bytes_max();
    kept_most = std::max(kept_most, keepers.kept_bytes());
    if (keepers.wants_checkpoint()) {
      needed_from[next] = end;
      end += took[next];
      in_checkpoints += took[next];
    }
  }
  EXPECT_LE(kept_most, kept_bytes_max + 45'310 + 400) << "one after the other";
  EXPECT_LE(in_checkpoints, end / log_parts_a_checkpoint);
  EXPECT_GT(in_checkpoints, 0U);
}

}  // namespace
}  // namespace shoal::lanes
