// Goal: what the journal writes in one sector comes back as it was, and every other byte is refused. Method:
// all fields with a value of their own; each bit of each sector flipped in turn.
#include "journal/sector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace shoal::journal {
namespace {

constexpr JournalId journal = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr JournalId other_journal = {1};

Claim sample_claim() {
  return {{TypeNumber(0x01020304), ShardId(17)},
          Epoch(42),
          OwnerId(7),
          {3, 9},
          Generation(0xabcdef),
          Position(1024),
          Sequence(77),
          Seal{Epoch(40), Position(512)},
          2'500};
}

constexpr SegmentHead sample_head = {journal, Generation(5), 3, 64 * 1024, Position(180'000)};

void every_flip_is_refused(Sector sector, const std::function<bool(std::string_view)>& is_taken) {
  ASSERT_TRUE(is_taken(view_of(sector)));
  for (std::size_t bit = 0; bit < 8 * sector_bytes; ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    sector[bit / 8] = static_cast<char>(sector[bit / 8] ^ mask);
    ASSERT_FALSE(is_taken(view_of(sector))) << "bit " << bit;
    sector[bit / 8] = static_cast<char>(sector[bit / 8] ^ mask);
  }
}

TEST(SectorTest, AClaimComesBackAsItWas) {
  EXPECT_EQ(decode_claim(view_of(encode_claim(journal, sample_claim())), journal).value(), sample_claim());
  Claim first = sample_claim();
  first.predecessor.reset();
  EXPECT_EQ(decode_claim(view_of(encode_claim(journal, first)), journal).value(), first);
}

TEST(SectorTest, AnEmptyClaimIsNotSealed) {
  EXPECT_EQ(decode_claim("", journal).value(), std::nullopt);
  EXPECT_EQ(decode_claim(view_of(Sector{}), journal).value(), std::nullopt);
}

TEST(SectorTest, EveryFlipIsRefused) {
  every_flip_is_refused(encode_identity(journal),
                        [](std::string_view bytes) { return decode_identity(bytes).has_value(); });
  every_flip_is_refused(encode_claim(journal, sample_claim()), [](std::string_view bytes) {
    const auto claim = decode_claim(bytes, journal);
    return claim && claim.value();
  });
  every_flip_is_refused(encode_segment_head(sample_head), [](std::string_view bytes) {
    return decode_segment_head(bytes, journal).has_value();
  });
}

TEST(SectorTest, WhatIsCutOffOrOfAnotherKindOrJournalIsRefused) {
  const Sector sector = encode_claim(journal, sample_claim());
  const auto text = [](const auto& result) { return result ? "" : result.error().message; };
  EXPECT_THAT(text(decode_claim(view_of(sector).substr(0, 300), journal)), testing::HasSubstr("300 bytes"));
  EXPECT_THAT(text(decode_claim(view_of(sector), other_journal)), testing::HasSubstr("another journal"));
  EXPECT_THAT(text(decode_segment_head(view_of(sector), journal)), testing::HasSubstr("does not begin with"));
}

TEST(SectorTest, ASegmentHeadComesBackAsItWas) {
  EXPECT_EQ(decode_segment_head(view_of(encode_segment_head(sample_head)), journal).value(), sample_head);
}

TEST(SectorTest, ACommitHeadIsBelievedInItsPlaceOnly) {
  const CommitHead head{Position(4'711), 1'000, 9};
  const std::uint32_t seed = sum_seed(journal, Generation(5), 3);
  std::array<char, commit_head_bytes> bytes;
  encode_commit_head(head, seed, bytes.data());
  const std::string_view view(bytes.data(), bytes.size());
  EXPECT_EQ(decode_commit_head(view, Position(4'711), seed), head);
  EXPECT_EQ(decode_commit_head(view, Position(4'712), seed), std::nullopt);
  EXPECT_EQ(decode_commit_head(view, Position(4'711), sum_seed(journal, Generation(5), 4)), std::nullopt);
  EXPECT_EQ(decode_commit_head(view, Position(4'711), sum_seed(journal, Generation(6), 3)), std::nullopt);
  EXPECT_EQ(decode_commit_head(view, Position(4'711), sum_seed(other_journal, Generation(5), 3)),
            std::nullopt);
  EXPECT_EQ(decode_commit_head(view.substr(1), Position(4'711), seed), std::nullopt);
  for (std::size_t bit = 0; bit < 8 * commit_head_bytes; ++bit) {
    std::array<char, commit_head_bytes> flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    ASSERT_EQ(decode_commit_head({flipped.data(), flipped.size()}, Position(4'711), seed), std::nullopt);
  }
}

}  // namespace
}  // namespace shoal::journal
