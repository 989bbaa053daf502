// Goal: a step that takes too long is named once, and one that ends in time is not. Method: a guard whose
// time is over at once, or never; the test waits for what it says.
#include "host/stop_guard.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;

TEST(StopGuard, NamesTheStepThatItFindsWhenTheTimeIsOver) {
  std::promise<std::string> named;
  StopGuard guard(20ms, [&named](const std::string& step) { named.set_value(step); });
  guard.enter("the first");
  guard.enter("the second");
  EXPECT_EQ(named.get_future().get(), "the second");
  guard.enter("the third");  // it says so once, or the promise throws
}

TEST(StopGuard, SaysNothingOfAStopThatHasEnded) {
  std::atomic<bool> said{false};
  {
    StopGuard guard(24h, [&said](const std::string&) { said = true; });
    guard.enter("all of it");
  }
  EXPECT_FALSE(said);
}

}  // namespace
}  // namespace shoal::host
