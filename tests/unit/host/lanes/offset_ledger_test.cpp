// Goal: only the contiguous prefix of finished records is ever committable, whatever order acknowledgements
// come in. Method: hand-made cases, then random runs by seed against a model that keeps every record in a
// map.

#include "host/lanes/offset_ledger.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace shoal::lanes {
namespace {

TEST(OffsetLedgerTest, StartsAtItsStart) {
  const OffsetLedger ledger(Offset{42});
  EXPECT_EQ(ledger.committable(), Offset{42});
  EXPECT_EQ(ledger.window(), 0U);
}

TEST(OffsetLedgerTest, RecordsWithoutOutputsFinishAtOnce) {
  OffsetLedger ledger(Offset{0});
  ledger.add(Offset{0}, 0, RecordEnd::done);
  ledger.add(Offset{7}, 0, RecordEnd::done);  // a hole, as compaction leaves them
  EXPECT_EQ(ledger.committable(), Offset{8});
  EXPECT_EQ(ledger.window(), 0U);
}

TEST(OffsetLedgerTest, AnUnfinishedRecordHoldsAllBehindIt) {
  OffsetLedger ledger(Offset{10});
  const Ticket first = ledger.add(Offset{10}, 2, RecordEnd::dead_letter);
  ledger.add(Offset{11}, 0, RecordEnd::done);
  const Ticket third = ledger.add(Offset{12}, 1, RecordEnd::done);
  EXPECT_TRUE(ledger.acknowledge(third));
  EXPECT_EQ(ledger.committable(), Offset{10});
  EXPECT_EQ(ledger.window(), 3U);
  EXPECT_EQ(ledger.unfinished(), 1U);
  EXPECT_EQ(ledger.end(first), RecordEnd::dead_letter);
  EXPECT_FALSE(ledger.acknowledge(first));
  EXPECT_TRUE(ledger.acknowledge(first));
  EXPECT_EQ(ledger.committable(), Offset{13});
  EXPECT_EQ(ledger.window(), 0U);
}

TEST(OffsetLedgerTest, TicketsAreFoundByTheirLowerBits) {
  OffsetLedger ledger(Offset{0});
  for (std::int64_t i = 0; i < 300; ++i) ledger.add(Offset{i}, 0, RecordEnd::done);
  const Ticket ticket = ledger.add(Offset{300}, 1, RecordEnd::done);
  EXPECT_EQ(ledger.ticket_of(ticket.value & 0xff, 8), ticket);
}

TEST(OffsetLedgerDeathTest, RefusesOffsetsThatGoBack) {
  OffsetLedger ledger(Offset{5});
  ledger.add(Offset{5}, 0, RecordEnd::done);
  EXPECT_DEATH(ledger.add(Offset{5}, 0, RecordEnd::done), "assertion failed");
}

class OffsetLedgerRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(OffsetLedgerRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  OffsetLedger ledger(Offset{1'000});
  std::map<std::int64_t, std::uint32_t> outstanding;  // model: outputs left of each record added
  std::vector<std::pair<Ticket, std::int64_t>> acknowledgements;
  std::int64_t offset = 1'000;
  for (int step = 0; step < 5'000; ++step) {
    if (random() % 3 != 0 || acknowledgements.empty()) {
      offset += static_cast<std::int64_t>(random() % 3) + 1;
      const auto outputs = static_cast<std::uint32_t>(random() % 3);
      const Ticket ticket = ledger.add(Offset{offset}, outputs, RecordEnd::done);
      outstanding[offset] = outputs;
      for (std::uint32_t i = 0; i < outputs; ++i) acknowledgements.emplace_back(ticket, offset);
    } else {
      const std::size_t chosen = random() % acknowledgements.size();
      const auto [ticket, of] = acknowledgements[chosen];
      acknowledgements.erase(acknowledgements.begin() + static_cast<std::ptrdiff_t>(chosen));
      EXPECT_EQ(ledger.acknowledge(ticket), --outstanding[of] == 0);
    }
    std::int64_t committable = 1'000;
    std::uint64_t unfinished = 0;
    bool contiguous = true;
    for (const auto& [at, left] : outstanding) {
      contiguous = contiguous && left == 0;
      if (contiguous) committable = at + 1;
      if (left > 0) ++unfinished;
    }
    ASSERT_EQ(ledger.committable().value, committable);
    ASSERT_EQ(ledger.unfinished(), unfinished);
    while (!outstanding.empty() && outstanding.begin()->first < committable - 1)
      outstanding.erase(outstanding.begin());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OffsetLedgerRandomTest, testing::Range<std::uint64_t>(0, 20));

}  // namespace
}  // namespace shoal::lanes
