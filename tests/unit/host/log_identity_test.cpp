// Goal: a log made anew is told from one that grew or expired. Method: the answers a broker would give.
#include "host/log_identity.hpp"

#include <gtest/gtest.h>

namespace shoal::host {
namespace {

constexpr Offset at(std::int64_t offset) { return Offset{offset}; }

// A log that was at its end, offset 40, when it was asked about.
LogIdentity known_at_40() {
  LogIdentity log;
  EXPECT_EQ(log.question(1'000, at(40)), 1'001);
  EXPECT_EQ(log.answer(std::nullopt), LogAnswer::same);
  EXPECT_TRUE(log.is_known());
  return log;
}

TEST(LogIdentity, AsksNothingBeforeARecordWasTaken) {
  LogIdentity log;
  EXPECT_EQ(log.question(std::nullopt, at(0)), std::nullopt);
  EXPECT_EQ(log.answer(std::nullopt), LogAnswer::unknown);
  EXPECT_FALSE(log.is_known());
}

TEST(LogIdentity, ALogThatGrowsOrExpiresIsTheSame) {
  LogIdentity log = known_at_40();
  EXPECT_EQ(log.question(9'000, at(90)), 1'001) << "the question stays the same";
  EXPECT_EQ(log.answer(at(40)), LogAnswer::same);
  EXPECT_EQ(log.answer(at(70)), LogAnswer::same);
  EXPECT_EQ(log.answer(std::nullopt), LogAnswer::unknown);
  EXPECT_EQ(log.answer(at(70)), LogAnswer::same);
}

TEST(LogIdentity, ALogWithNewRecordsAtItsBeginningIsAnother) {
  LogIdentity log = known_at_40();
  EXPECT_EQ(log.answer(at(0)), LogAnswer::another);
  EXPECT_EQ(log.answer(at(39)), LogAnswer::another);
}

TEST(LogIdentity, AnAnswerOnceSeenIsNotGoneBackBehind) {
  LogIdentity log = known_at_40();
  EXPECT_EQ(log.answer(at(60)), LogAnswer::same);
  EXPECT_EQ(log.answer(at(59)), LogAnswer::another);
}

TEST(LogIdentity, AsksAgainUntilAnAnswerTells) {
  LogIdentity log;
  EXPECT_EQ(log.question(1'000, at(3)), 1'001);
  EXPECT_EQ(log.answer(at(0)), LogAnswer::unknown)
      << "a newer record at the beginning: times are not in order";
  EXPECT_FALSE(log.is_known());
  EXPECT_EQ(log.question(2'000, at(5)), 2'001);
  EXPECT_EQ(log.answer(at(4)), LogAnswer::same);
  EXPECT_EQ(log.answer(at(3)), LogAnswer::another);
}

}  // namespace
}  // namespace shoal::host
