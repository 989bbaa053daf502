// Goal: the queue keeps the order, says when it is full or empty, and loses nothing between threads. Method:
// one thread by hand, then several at once, which also the thread sanitizer watches.

#include "host/lanes/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace shoal::lanes {
namespace {

TEST(BoundedQueue, KeepsTheOrderAndItsBound) {
  BoundedQueue<int> queue(4);
  int value = 0;
  EXPECT_FALSE(queue.take(value));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.put(i));
    value = 9;
    EXPECT_FALSE(queue.put(value));
    EXPECT_EQ(value, 9);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(queue.take(value));
      EXPECT_EQ(value, i);
    }
    EXPECT_FALSE(queue.take(value));
  }
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
  constexpr std::uint64_t kValues = 20'000;
  BoundedQueue<std::uint64_t> queue(8);
  std::vector<std::uint64_t> sums(3);
  std::atomic<std::uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int putter = 0; putter < 2; ++putter) {
    threads.emplace_back([&queue] {
      for (std::uint64_t i = 1; i <= kValues; ++i) {
        std::uint64_t value = i;
        while (!queue.put(value)) std::this_thread::yield();
      }
    });
  }
  for (std::uint64_t& sum : sums) {
    threads.emplace_back([&] {
      std::uint64_t value = 0;
      while (taken.load() < 2 * kValues) {
        if (!queue.take(value)) {
          std::this_thread::yield();
          continue;
        }
        sum += value;
        ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sums[0] + sums[1] + sums[2], kValues * (kValues + 1));
}

}  // namespace
}  // namespace shoal::lanes
