// Goal: of all claims that were found, those hold that every reader agrees on. Method: small sets of claims,
// as pauses, crashes and stale decisions leave them.
#include "journal/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::journal {
namespace {

FoundClaim unsealed(std::uint64_t epoch) { return {Epoch(epoch), std::nullopt}; }

// Each is decided on by a decision of its own number.
FoundClaim sealed(std::uint64_t epoch, std::uint64_t predecessor, Decision decision, std::uint64_t first = 1,
                  std::uint64_t owner = 0) {
  Claim claim;
  claim.epoch = Epoch(epoch);
  claim.owner = OwnerId(owner == 0 ? epoch : owner);
  claim.decision = decision;
  claim.first = Sequence(first);
  if (predecessor != 0) claim.predecessor = Seal{Epoch(predecessor), Position(100 * predecessor)};
  return {Epoch(epoch), claim};
}

std::vector<std::uint64_t> epochs(const std::vector<FoundClaim>& found) {
  const auto chain = valid_chain(found);
  EXPECT_TRUE(chain) << chain.error().message;
  std::vector<std::uint64_t> epochs;
  if (chain) {
    for (const Link& link : chain.value()) epochs.push_back(link.claim.epoch.value);
  }
  return epochs;
}

std::string contradiction(const std::vector<FoundClaim>& found) {
  const auto chain = valid_chain(found);
  EXPECT_FALSE(chain);
  return chain ? "" : chain.error().message;
}

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ChainTest, GoesFromTheNewestClaimBackToTheFirst) {
  const std::vector found = {sealed(1, 0, {0, 1}), sealed(2, 1, {0, 2}, 10), sealed(3, 2, {0, 3}, 20)};
  EXPECT_THAT(epochs(found), ElementsAre(1, 2, 3));
  const std::vector<Link> chain = valid_chain(found).value();
  EXPECT_EQ(chain[0].end, Position(100));
  EXPECT_EQ(chain[0].end_sequence, Sequence(10));
  EXPECT_EQ(chain[1].end, Position(200));
  EXPECT_EQ(chain[2].end, std::nullopt);
}

TEST(ChainTest, WithoutASealedClaimThereIsNone) {
  EXPECT_THAT(epochs({}), IsEmpty());
  EXPECT_THAT(epochs({unsealed(1), unsealed(2)}), IsEmpty());
}

TEST(ChainTest, AClaimThatWasNotSealedIsAsIfItWereNotThere) {
  EXPECT_THAT(epochs({sealed(1, 0, {0, 1}), unsealed(2), sealed(3, 1, {0, 2}), unsealed(4)}),
              ElementsAre(1, 3));
}

TEST(ChainTest, AClaimThatWasSealedTooLateIsPassedOver) {
  EXPECT_THAT(epochs({sealed(1, 0, {0, 1}), sealed(2, 1, {0, 2}), sealed(3, 1, {0, 2})}), ElementsAre(1, 3));
}

TEST(ChainTest, AStaleDecisionIsVoid) {
  EXPECT_THAT(epochs({sealed(1, 0, {2, 5}), sealed(2, 1, {2, 4})}), ElementsAre(1));
  EXPECT_THAT(epochs({sealed(1, 0, {2, 5}), sealed(2, 1, {1, 9})}), ElementsAre(1));
  EXPECT_THAT(epochs({sealed(1, 0, {2, 5}), sealed(2, 1, {2, 5})}), ElementsAre(1));
}

TEST(ChainTest, TheSameOwnerMayClaimAgainByTheSameDecision) {
  EXPECT_THAT(epochs({sealed(1, 0, {2, 5}, 1, 7), sealed(2, 1, {2, 5}, 1, 7)}), ElementsAre(1, 2));
}

TEST(ChainTest, BelowADeletedClaimNothingIsLookedFor) {
  EXPECT_THAT(epochs({sealed(1, 0, {0, 1}), sealed(3, 2, {0, 3}), sealed(4, 3, {0, 4})}), ElementsAre(3, 4));
}

TEST(ChainTest, AClaimMadeAnewInThePlaceOfADeletedOneIsAsIfItWereNotThere) {
  EXPECT_THAT(epochs({unsealed(2), sealed(3, 2, {0, 3}), sealed(4, 3, {0, 4})}), ElementsAre(3, 4));
}

TEST(ChainTest, ContradictionsAreNamed) {
  EXPECT_THAT(contradiction({sealed(1, 0, {0, 1}, 50), sealed(2, 1, {0, 2}, 20)}),
              HasSubstr("begins before its predecessor"));
  EXPECT_THAT(contradiction({sealed(2, 2, {0, 2})}), HasSubstr("follows one that is not older"));
  EXPECT_THAT(contradiction({sealed(1, 0, {0, 5}), sealed(2, 1, {0, 3}), sealed(3, 2, {0, 9})}),
              HasSubstr("follows one that is void"));
}

TEST(ChainTest, AnAppendCountsWhereTheOwnClaimStandsAndTheNextDoesNot) {
  EXPECT_TRUE(counts({false, true}));
  EXPECT_FALSE(counts({true, true}));
  EXPECT_FALSE(counts({false, false}));
  EXPECT_FALSE(counts({true, false}));
}

}  // namespace
}  // namespace shoal::journal
