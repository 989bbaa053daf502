// Goal: exactly as many entities are chosen as shall go, and none before one that has been idle clearly
// longer. Method: the classes' bounds as they are said, and random censuses of several lanes against a sorted
// list.
#include "host/lanes/idle_census.hpp"

#include <gtest/gtest.h>

#include <random>

namespace shoal::lanes {
namespace {

TEST(IdleCensus, ClassesCoverAllTicksAndAreAQuarterWideAtMost) {
  for (std::size_t number = 0; number + 1 < IdleCensus::class_count; ++number) {
    const std::uint32_t first = IdleCensus::ticks_of(number);
    const std::uint32_t next = IdleCensus::ticks_of(number + 1);
    ASSERT_LT(first, next);
    EXPECT_EQ(IdleCensus::class_of(first), number);
    EXPECT_EQ(IdleCensus::class_of(next - 1), number);
    EXPECT_LE(next - first, std::max(1U, first / 4));
  }
  EXPECT_EQ(IdleCensus::class_of(UINT32_MAX), IdleCensus::class_count - 1);
}

// Entities of the lane that an order takes: all of the one kind, and as many of the other as it says.
std::uint64_t taken(const std::vector<std::uint32_t>& idle_ticks, const ShedOrder& order) {
  std::uint64_t all = 0;
  std::uint64_t some = 0;
  for (const std::uint32_t ticks : idle_ticks) {
    if (ticks >= order.all_from_ticks) {
      ++all;
    } else if (ticks >= order.some_from_ticks) {
      ++some;
    }
  }
  EXPECT_LE(order.some_max, some);
  return all + order.some_max;
}

TEST(DivideShedding, TakesWhatIsWantedTheLongestIdleFirst) {
  constexpr std::uint64_t kSeed = 20'261'122;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 300; ++round) {
    std::vector<IdleCensus> lanes(1 + random() % 4);
    std::vector<std::vector<std::uint32_t>> ticks(lanes.size());
    std::vector<std::uint32_t> all;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      for (std::uint64_t i = random() % 200; i > 0; --i) {
        const auto idle = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
        lanes[lane].add(idle);
        ticks[lane].push_back(idle);
        all.push_back(idle);
      }
    }
    const std::uint64_t wanted = random() % (all.size() + 10);
    const auto orders = divide_shedding(lanes, wanted, 5);
    std::uint64_t sum = 0;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      EXPECT_EQ(orders[lane].now_tick, 5U);
      sum += taken(ticks[lane], orders[lane]);
    }
    EXPECT_EQ(sum, std::min<std::uint64_t>(wanted, all.size()));
    if (wanted == 0 || all.empty()) continue;
    // The least idle one that would go if the order were kept to the tick is of the class that is divided.
    std::sort(all.begin(), all.end(), std::greater<>());
    const std::uint32_t least = all[std::min<std::size_t>(wanted, all.size()) - 1];
    EXPECT_EQ(orders[0].some_from_ticks, IdleCensus::ticks_of(IdleCensus::class_of(least)));
  }
}

TEST(DivideShedding, NobodyGoesWhereNobodyIs) {
  const auto orders = divide_shedding(std::vector<IdleCensus>(2), 10, 0);
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[1].some_max, 0U);
  EXPECT_EQ(orders[1].all_from_ticks, UINT32_MAX);
}

}  // namespace
}  // namespace shoal::lanes
