// Goal: what the Kafka world checks would find a log that loses something. Method: every planted bug, in
// seeds, until one of them breaches.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/journal/kafka_world.hpp"
#include "tests/sim/journal/log_scenarios.hpp"

namespace shoal::sim {
namespace {

class KafkaBugTest : public testing::TestWithParam<KafkaBug> {};

TEST_P(KafkaBugTest, IsCaught) {
  for (std::uint64_t seed = 1; seed <= seeds_of_a_bug; ++seed) {
    const KafkaRun run = run_kafka_seed(seed, GetParam());
    if (run.breaches.empty()) continue;
    std::cout << "caught by seed " << seed << ": " << run.breaches.front() << "\n";
    return;
  }
  FAIL() << name_of(GetParam()) << " was not caught";
}

INSTANTIATE_TEST_SUITE_P(Planted, KafkaBugTest, testing::ValuesIn(all_kafka_bugs),
                         [](const auto& each) { return std::string(name_of(each.param)); });

}  // namespace
}  // namespace shoal::sim
