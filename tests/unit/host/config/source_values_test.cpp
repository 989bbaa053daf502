// Goal: what the texts of [[sources]] mean, and that nothing else is taken. Method: pure functions over
// texts, good ones beside those that miss by little.
#include "host/config/source_values.hpp"

#include <gtest/gtest.h>

#include "host/config/timestamp.hpp"
#include "host/config/topic_pattern.hpp"

namespace shoal::config {
namespace {

TEST(Timestamp, IsMillisecondsSince1970) {
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read_timestamp("2026-03-01T00:00:00Z"), 1'772'323'200'000);
  EXPECT_EQ(read_timestamp("2024-02-29t23:59:59z"), 1'709'251'199'000);
  EXPECT_EQ(read_timestamp("2026-03-01 01:30:00+01:30"), 1'772'323'200'000);
  EXPECT_EQ(read_timestamp("2026-02-28T20:00:00-04:00"), 1'772'323'200'000);
}

TEST(Timestamp, RoundsUpWhatIsFinerThanRecordsAre) {
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00.5Z"), 500);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00.123Z"), 123);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00.123000Z"), 123);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00.1230001Z"), 124);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00.9999Z"), 1'000);
}

TEST(Timestamp, IsAWholeTimeFrom1970On) {
  for (const char* text :
       {"", "now", "2026", "2026-03-01", "2026-03-01T00:00:00", "2026-03-01T00:00Z", "2026-3-01T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:60:00Z",
        "2026-03-01T00:00:60Z", "2026-03-01T00:00:00.Z", "2026-03-01T00:00:00+1:00",
        "2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00+00:60", "2026-03-01T00:00:00Z ",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00"}) {
    EXPECT_FALSE(read_timestamp(text)) << text;
  }
}

TEST(SourceValues, StartIsAWordOrATime) {
  EXPECT_EQ(read_start("committed")->start, Start::committed);
  EXPECT_EQ(read_start("earliest")->start, Start::earliest);
  EXPECT_EQ(read_start("latest")->start, Start::latest);
  EXPECT_EQ(read_start("1970-01-01T00:00:01Z")->start, Start::time);
  EXPECT_EQ(read_start("1970-01-01T00:00:01Z")->time_ms, 1'000);
  for (const char* text : {"", "Latest", "yesterday", "1970-01-01"}) {
    EXPECT_FALSE(read_start(text)) << text;
    EXPECT_FALSE(start_problem(text).empty()) << text;
  }
}

TEST(SourceValues, OffsetsAreKeptByTheGroupNobodyOrAModule) {
  EXPECT_EQ(read_offsets("group")->keeper, OffsetKeeper::group);
  EXPECT_EQ(read_offsets("none")->keeper, OffsetKeeper::none);
  EXPECT_EQ(read_offsets("module:a-b_1")->keeper, OffsetKeeper::module);
  EXPECT_EQ(read_offsets("module:a-b_1")->module, "a-b_1");
  for (const char* text : {"", "module", "module:", "module:A", "kafka", "None"}) {
    EXPECT_FALSE(read_offsets(text)) << text;
    EXPECT_FALSE(offsets_problem(text).empty()) << text;
  }
}

TEST(SourceValues, AStartOffsetNamesItsPartition) {
  const auto start = read_start_offset("a.topic/12=9000000000");
  ASSERT_TRUE(start);
  EXPECT_EQ(start->topic, "a.topic");
  EXPECT_EQ(start->partition, 12U);
  EXPECT_EQ(start->offset, 9'000'000'000);
  for (const char* text : {"", "a", "a/0", "a=1", "a/0=", "/0=1", "a/=1", "a/0=-1", "a/-1=0", "a/0=1 ",
                           "a/0=x", "a/65536=0", "a b/0=1", "^a/0=1", "a/0=99999999999999999999"}) {
    EXPECT_FALSE(read_start_offset(text)) << text;
    EXPECT_FALSE(start_offset_problem(text).empty()) << text;
  }
}

TEST(TopicPattern, MatchesFromTheBeginningOn) {
  const TopicPattern open("^flights-[0-9]+");
  EXPECT_TRUE(open.matches("flights-2013"));
  EXPECT_TRUE(open.matches("flights-2013.late"));
  EXPECT_FALSE(open.matches("more-flights-2013"));
  EXPECT_FALSE(open.matches("flights-"));
  const TopicPattern closed("^(flights|delays)$");
  EXPECT_TRUE(closed.matches("delays"));
  EXPECT_FALSE(closed.matches("delays-2013"));
}

TEST(TopicPattern, TakesNoExpressionWithoutABound) {
  EXPECT_EQ(topic_pattern_problem("^a\\.b$"), "");
  EXPECT_NE(topic_pattern_problem("^(a"), "");
  EXPECT_NE(topic_pattern_problem("^[a"), "");
  EXPECT_NE(topic_pattern_problem("^(a{255}){255}"), "");
  EXPECT_NE(topic_pattern_problem("^(a*)\\1"), "");
  EXPECT_NE(topic_pattern_problem("^" + std::string(249, 'a')), "");
  EXPECT_TRUE(is_topic_pattern("^a"));
  EXPECT_FALSE(is_topic_pattern("a^"));
}

}  // namespace
}  // namespace shoal::config
