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

config::Source source_with(LostRecords lost_records) {
  config::Source source;
  source.lost_records = lost_records;
  return source;
}

TEST(OffsetVerdict, BelowTheLogIsHeld) {
  const OffsetVerdict verdict = judge_offset(Offset{20}, log, source_with(LostRecords::hold));
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::hold);
  EXPECT_EQ(verdict.lost, 30U);
  EXPECT_THAT(verdict.reason, HasSubstr("offsets 20 to 49 are gone"));
  EXPECT_THAT(verdict.reason, HasSubstr("at offset 50 set lost_records = \"continue\""));
}

TEST(OffsetVerdict, BelowTheLogGoesOnWhereTheSourceSaysSo) {
  const OffsetVerdict verdict = judge_offset(Offset{49}, log, source_with(LostRecords::go_on));
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::go_on);
  EXPECT_EQ(verdict.at, Offset{50});
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_THAT(verdict.reason, HasSubstr("offsets 49 to 49 are gone"));
}

TEST(OffsetVerdict, WithinTheLogNothingIsLost) {
  for (const std::int64_t next : {50, 55, 60}) {
    const OffsetVerdict verdict = judge_offset(Offset{next}, log, source_with(LostRecords::hold));
    EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::go_on);
    EXPECT_EQ(verdict.at, Offset{next});
    EXPECT_EQ(verdict.lost, 0U);
    EXPECT_EQ(verdict.reason, "");
  }
}

TEST(OffsetVerdict, BeyondTheEndIsAlwaysHeld) {
  const OffsetVerdict verdict = judge_offset(Offset{61}, log, source_with(LostRecords::go_on));
  EXPECT_EQ(verdict.kind, OffsetVerdict::Kind::hold);
  EXPECT_THAT(verdict.reason, HasSubstr("61 is beyond the end 60"));
  EXPECT_THAT(verdict.reason, HasSubstr("set the group's offset"));
}

TEST(OffsetVerdict, BeyondTheEndSaysWhereTheOffsetIsKept) {
  config::Source source;
  source.start_offsets.push_back({"flights", 0, 61});
  EXPECT_THAT(judge_offset(Offset{61}, log, source).reason, HasSubstr("correct start_offsets"));
  source.start_offsets.clear();
  source.offsets = config::OffsetKeeper::module;
  source.offsets_module = "own";
  EXPECT_THAT(judge_offset(Offset{61}, log, source).reason, HasSubstr("correct what module own keeps"));
  source.offsets = config::OffsetKeeper::none;
  EXPECT_THAT(judge_offset(Offset{61}, log, source).reason, testing::EndsWith("; restart the host"));
}

}  // namespace
}  // namespace shoal::host
