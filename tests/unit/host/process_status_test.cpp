// Goal: the numbers of the process are the kernel's. Method: changes them and reads again.
#include "host/process_status.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace shoal::host {
namespace {

using std::chrono::steady_clock;

TEST(ProcessStatus, CountsOpenDescriptors) {
  const auto before = read_process_status().open_fds;
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(read_process_status().open_fds, before + 1);
  ::close(file);
  EXPECT_EQ(read_process_status().open_fds, before);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(read_process_status().max_fds, limit.rlim_cur);
}

TEST(ProcessStatus, CountsThreads) {
  std::thread([] {}).join();  // a sanitizer starts its own thread beside the first of the program
  std::atomic<bool> go_on{true};
  const auto before = read_process_status().threads;
  std::thread thread([&] { go_on.wait(true); });
  EXPECT_EQ(read_process_status().threads, before + 1);
  go_on = false;
  go_on.notify_all();
  thread.join();
}

TEST(ProcessStatus, ProcessorTimeGrowsWithWork) {
  const double before = read_process_status().cpu_seconds_total;
  const auto give_up = steady_clock::now() + std::chrono::seconds(20);
  double now = before;
  while (now <= before && steady_clock::now() < give_up) now = read_process_status().cpu_seconds_total;
  EXPECT_GT(now, before);
}

TEST(ProcessStatus, MemoryGrowsWithWhatIsTouched) {
  constexpr std::size_t bytes = std::size_t{64} * 1024 * 1024;
  const auto before = read_process_status();
  std::vector<char> block(bytes, 'x');
  const auto after = read_process_status();
  EXPECT_EQ(block.back(), 'x');
  EXPECT_GT(after.resident_memory_bytes, before.resident_memory_bytes + bytes / 2);
  EXPECT_GE(after.virtual_memory_bytes, after.resident_memory_bytes);
}

TEST(ProcessStatus, StartedInThePast) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double start = read_process_status().start_time_seconds;
  EXPECT_LE(start, now + 2);  // the kernel rounds
  EXPECT_GT(start, now - 3'600);
}

}  // namespace
}  // namespace shoal::host
