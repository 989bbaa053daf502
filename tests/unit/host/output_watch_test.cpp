// Goal: only records that stay in flight without any end are stuck. Method: looks at given times.
#include "host/output_watch.hpp"

#include <gtest/gtest.h>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;

class OutputWatchTest : public testing::Test {
 protected:
  std::uint64_t look(std::uint64_t emitted, std::uint64_t ended, std::chrono::seconds after) {
    watch_.look(emitted, ended, start_ + after);
    return watch_.stuck();
  }
  OutputWatch watch_;
  OutputWatch::Clock::time_point start_{};
};

TEST_F(OutputWatchTest, RecordsThatDoNotEndAreStuck) {
  EXPECT_EQ(look(5, 5, 0s), 0U);
  EXPECT_EQ(look(8, 5, 1s), 0U);
  EXPECT_EQ(look(9, 5, 9s), 0U);
  EXPECT_EQ(look(9, 5, 10s), 4U);
  EXPECT_EQ(watch_.quiet(), 10s);
}

TEST_F(OutputWatchTest, AnyEndBeginsTheTimeAnew) {
  look(8, 5, 0s);
  EXPECT_EQ(look(8, 5, 10s), 3U);
  EXPECT_EQ(look(9, 6, 11s), 0U);
  EXPECT_EQ(look(9, 6, 20s), 0U);
  EXPECT_EQ(look(9, 6, 21s), 3U);
  EXPECT_EQ(look(9, 9, 22s), 0U);
}

TEST_F(OutputWatchTest, AnIdleTopicIsNotStuck) {
  look(5, 5, 0s);
  EXPECT_EQ(look(5, 5, 100s), 0U);
  EXPECT_EQ(look(6, 5, 101s), 0U);
}

}  // namespace
}  // namespace shoal::host
