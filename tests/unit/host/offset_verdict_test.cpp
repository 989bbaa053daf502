// Goal: an offset that is gone is judged by what the log has, and what is lost is said with its range.
// Method: positions around both ends of a log.
#include "host/offset_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::host {
namespace {

using config::LostRecords;
using testing::HasSubstr;

constexpr kafka::Watermarks log{Offset{50}, Offset{60}};

TEST(OffsetVerdict, BelowTheLogIsHeld) {
  const OffsetVerdict verdict = judge_offset(Offset{20}, log, LostRecords::hold);
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::hold);
  EXPECT_EQ(verdict.lost, 30U);
  EXPECT_THAT(verdict.reason, HasSubstr("offsets 20 to 49 are gone"));
  EXPECT_THAT(verdict.reason, HasSubstr("at offset 50 set lost_records = \"continue\""));
}

TEST(OffsetVerdict, BelowTheLogGoesOnWhereTheSourceSaysSo) {
  const OffsetVerdict verdict = judge_offset(Offset{49}, log, LostRecords::go_on);
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::go_on);
  EXPECT_EQ(verdict.at, Offset{50});
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_THAT(verdict.reason, HasSubstr("offsets 49 to 49 are gone"));
}

TEST(OffsetVerdict, WithinTheLogNothingIsLost) {
  for (const std::int64_t next : {50, 55, 60}) {
    const OffsetVerdict verdict = judge_offset(Offset{next}, log, LostRecords::hold);
    EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::go_on);
    EXPECT_EQ(verdict.at, Offset{next});
    EXPECT_EQ(verdict.lost, 0U);
    EXPECT_EQ(verdict.reason, "");
  }
}

TEST(OffsetVerdict, BeyondTheEndIsAlwaysHeld) {
  const OffsetVerdict verdict = judge_offset(Offset{61}, log, LostRecords::go_on);
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::hold);
  EXPECT_THAT(verdict.reason, HasSubstr("61 is beyond the end 60"));
}

}  // namespace
}  // namespace shoal::host
