// Goal: the control thread runs what others hand in and hears the stop signal. Method: a loop of its own and
// signals sent to this process.

#include "host/control_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include <unistd.h>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST(ControlLoopTest, RunsWorkOfOtherThreadsInOrder) {
  ControlLoop loop;
  std::vector<int> ran;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(loop.put([&ran, i] { ran.push_back(i); }));
  });
  const auto end = loop.run_until([&] { return ran.size() == 100; }, steady_clock::now() + 30s);
  other.join();
  EXPECT_EQ(end, ControlLoop::End::condition);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(ControlLoopTest, EndsOnASignal) {
  ControlLoop loop;
  kill(getpid(), SIGTERM);
  EXPECT_EQ(loop.run_until([] { return false; }, steady_clock::now() + 30s), ControlLoop::End::signal);
  kill(getpid(), SIGINT);
  EXPECT_EQ(loop.run_until([] { return false; }, steady_clock::now() + 30s), ControlLoop::End::signal);
}

TEST(ControlLoopTest, RunsItsTaskOnAHangUpAndGoesOn) {
  ControlLoop loop;
  int hangups = 0;
  loop.on_hangup([&] { ++hangups; });
  kill(getpid(), SIGHUP);
  EXPECT_EQ(loop.run_until([&] { return hangups == 1; }, steady_clock::now() + 30s),
            ControlLoop::End::condition);
  loop.on_hangup({});
  kill(getpid(), SIGHUP);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(loop.run_until([] { return false; }, steady_clock::now() + 30s), ControlLoop::End::signal);
  EXPECT_EQ(hangups, 1);
}

TEST(ControlLoopTest, EndsAtItsDeadline) {
  ControlLoop loop;
  EXPECT_EQ(loop.run_until([] { return false; }, steady_clock::now() + 20ms), ControlLoop::End::deadline);
}

TEST(ControlLoopTest, RefusesMoreThanItsBound) {
  ControlLoop loop;
  for (std::size_t i = 0; i < ControlLoop::tasks_max; ++i) EXPECT_TRUE(loop.put([] {}));
  EXPECT_FALSE(loop.put([] {}));
}

}  // namespace
}  // namespace shoal::host
