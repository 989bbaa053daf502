// Goal: durations read as people write them, everything else is refused with words. Method: examples and
// edges.
#include "host/config/duration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shoal::config {
namespace {

using std::chrono::milliseconds;

TEST(ReadDuration, TakesEveryUnit) {
  EXPECT_EQ(read_duration("250ms").value(), milliseconds{250});
  EXPECT_EQ(read_duration("5s").value(), milliseconds{5'000});
  EXPECT_EQ(read_duration("2m").value(), milliseconds{120'000});
  EXPECT_EQ(read_duration("1h").value(), milliseconds{3'600'000});
  EXPECT_EQ(read_duration("0s").value(), milliseconds{0});
}

TEST(ReadDuration, EndsAtThirtyDays) {
  EXPECT_EQ(read_duration("720h").value(), milliseconds{2'592'000'000});
  for (const char* text : {"721h", "2592000001ms", "18446744073709551615h", "99999999999999999999s"}) {
    const auto read = read_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, testing::HasSubstr("at most 30 days")) << text;
  }
}

TEST(ReadDuration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "1.5s", "5 s", " 5s", "5s ", "5S", "5d", "five"}) {
    const auto read = read_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(read.error().message, testing::HasSubstr("such as 5s")) << text;
  }
}

}  // namespace
}  // namespace shoal::config
