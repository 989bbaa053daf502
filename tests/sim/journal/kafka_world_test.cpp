// Goal: whatever the owners of a shared topic do to each other, and Kafka to their messages, what counts is
// read by every later owner. Method: long runs drawn by seed over the production Kafka log, each of which can
// be run again (SHOAL_SIM_SEED).
#include "tests/sim/journal/kafka_world.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/journal/log_scenarios.hpp"

namespace shoal::sim {
namespace {

TEST(KafkaWorld, HoldsOverManySeeds) {
  if (const auto seed = seed_to_trace()) {
    const KafkaRun run = run_kafka_seed(*seed, KafkaBug::none, &std::cout);
    ASSERT_TRUE(run.breaches.empty()) << run.breaches.front();
    return;
  }
  KafkaRun all;
  for (std::uint64_t seed = 1; seed <= seeds_of_a_run(); ++seed) {
    const KafkaRun run = run_kafka_seed(seed, KafkaBug::none);
    ASSERT_TRUE(run.breaches.empty()) << "seed " << seed << ": " << run.breaches.front();
    all.known += run.known;
    all.owners += run.owners;
    all.deleted += run.deleted;
  }
  std::cout << seeds_of_a_run() << " seeds, " << all.owners << " owners, " << all.known << " texts, "
            << all.deleted << " messages deleted\n";
  // That something happened in them.
  EXPECT_GT(all.known, 10 * seeds_of_a_run());
  EXPECT_GT(all.owners, 4 * seeds_of_a_run());
  EXPECT_GT(all.deleted, 10 * seeds_of_a_run());
}

TEST(KafkaWorld, ReplaysToTheBit) {
  for (std::uint64_t seed = 1; seed <= seeds_to_replay(); ++seed) {
    const KafkaRun once = run_kafka_seed(seed, KafkaBug::none);
    EXPECT_EQ(once.hash, run_kafka_seed(seed, KafkaBug::none).hash) << "seed " << seed;
    EXPECT_NE(once.hash, run_kafka_seed(seed + 1, KafkaBug::none).hash);
  }
}

}  // namespace
}  // namespace shoal::sim
