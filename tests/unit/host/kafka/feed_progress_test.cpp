// Goal: the progress line says how far the feed is and when it ends. Method: given moments, the text is
// compared.

#include "host/kafka/feed_progress.hpp"

#include <gtest/gtest.h>

namespace shoal::kafka {
namespace {

FeedProgress progress(std::uint64_t records, double elapsed_seconds) {
  return {.topic = "flights",
          .records = records,
          .elapsed_seconds = elapsed_seconds,
          .records_max = {},
          .file_fraction = {},
          .trouble = {}};
}

TEST(FeedProgress, Thousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(123456), "123,456");
  EXPECT_EQ(with_thousands(12345678), "12,345,678");
}

TEST(FeedProgress, AtTheBeginningNothingIsDivided) {
  EXPECT_EQ(feed_progress_text(progress(0, 0)), "flights: 0 records");
  auto limited = progress(0, 0.1);
  limited.records_max = 0;
  EXPECT_EQ(feed_progress_text(limited), "flights: 0 records, 0/s");
}

TEST(FeedProgress, RateAndTimeLeftByTheLimit) {
  auto limited = progress(12'000, 3);
  limited.records_max = 27'000;
  EXPECT_EQ(feed_progress_text(limited), "flights: 12,000 records, 4,000/s, 44 %, 4 s left");
}

TEST(FeedProgress, TimeLeftByTheFileWhereItEndsBeforeTheLimit) {
  auto whole = progress(500, 10);
  whole.file_fraction = 0.5;
  EXPECT_EQ(feed_progress_text(whole), "flights: 500 records, 50/s, 50 %, 10 s left");
  whole.records_max = 1'000'000;
  EXPECT_EQ(feed_progress_text(whole), "flights: 500 records, 50/s, 50 %, 10 s left");
}

TEST(FeedProgress, LongTimesAreMinutesAndHours) {
  auto slow = progress(10, 100);
  slow.file_fraction = 0.25;
  EXPECT_EQ(feed_progress_text(slow), "flights: 10 records, 0/s, 25 %, 5 min left");
  slow.file_fraction = 0.001;
  EXPECT_EQ(feed_progress_text(slow), "flights: 10 records, 0/s, 0 %, 28 h left");
}

TEST(FeedProgress, TroubleIsSaid) {
  auto stuck = progress(10, 100);
  stuck.trouble = "no acknowledgement for 3 s";
  EXPECT_EQ(feed_progress_text(stuck), "flights: 10 records, 0/s (no acknowledgement for 3 s)");
}

}  // namespace
}  // namespace shoal::kafka
