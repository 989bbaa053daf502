// Goal: a mark is believed only where the log says what it says. Method: marks of every kind against a small
// chain.
#include "journal/store_mark.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace shoal::journal {
namespace {

MarkVerdict judged(std::uint64_t epoch, std::uint64_t owner, std::uint64_t counted) {
  // Epoch 3 is void: its claim had a stale decision.
  const std::vector<OwnedEpoch> epochs = {{Epoch(2), OwnerId(20), Sequence(10), Sequence(30)},
                                          {Epoch(4), OwnerId(40), Sequence(30), Sequence(35)}};
  return judge({Epoch(epoch), OwnerId(owner), Sequence(counted), {}, {}}, epochs);
}

TEST(StoreMarkTest, StandsWithinItsEpoch) {
  EXPECT_EQ(judged(2, 20, 10), MarkVerdict::stands);
  EXPECT_EQ(judged(2, 20, 29), MarkVerdict::stands);
  EXPECT_EQ(judged(4, 40, 30), MarkVerdict::stands);
  EXPECT_EQ(judged(4, 40, 34), MarkVerdict::stands);
}

TEST(StoreMarkTest, MayBeOfTheRecordBeforeTheFirstOfItsOwner) {
  EXPECT_EQ(judged(4, 40, 29), MarkVerdict::stands);
  EXPECT_EQ(judged(4, 40, 28), MarkVerdict::unknown_epoch);
}

TEST(StoreMarkTest, PastTheEndOfItsEpochItIsOfAVoidRecord) {
  EXPECT_EQ(judged(2, 20, 30), MarkVerdict::past_its_end);
}

TEST(StoreMarkTest, PastTheEndOfTheLogItIsOfNoRecord) {
  EXPECT_EQ(judged(4, 40, 35), MarkVerdict::past_its_end);
}

TEST(StoreMarkTest, OfAnEpochThatDoesNotHoldItIsNotBelieved) {
  EXPECT_EQ(judged(3, 30, 12), MarkVerdict::unknown_epoch);
  EXPECT_EQ(judged(1, 10, 5), MarkVerdict::unknown_epoch);
  EXPECT_EQ(judged(5, 50, 34), MarkVerdict::unknown_epoch);
  EXPECT_EQ(judge({Epoch(1), OwnerId(1), Sequence(1), {}, {}}, {}), MarkVerdict::unknown_epoch);
}

TEST(StoreMarkTest, OfAJournalThatWasBroughtBackItIsNotBelieved) {
  EXPECT_EQ(judged(4, 41, 32), MarkVerdict::other_owner);
}

TEST(StoreMarkTest, EveryVerdictHasAText) {
  for (const auto verdict : {MarkVerdict::stands, MarkVerdict::unknown_epoch, MarkVerdict::other_owner,
                             MarkVerdict::past_its_end}) {
    EXPECT_FALSE(text_of(verdict).empty());
  }
}

}  // namespace
}  // namespace shoal::journal
