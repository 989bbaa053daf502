// Goal: the limit is the least of the process's control groups, version 1 and 2, or the machine's memory.
// Method: folders that look like /proc and /sys.
#include "host/memory_limit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace shoal::host {
namespace {

namespace fs = std::filesystem;

class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() : root_(fs::temp_directory_path() / ("shoal-memory-" + std::to_string(::getpid()))) {
    write("proc/meminfo", "MemFree: 7 kB\nMemTotal:       1000 kB\nBuffers: 1 kB\n");
  }
  ~MemoryLimitTest() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  fs::path root_;
};

TEST_F(MemoryLimitTest, WithoutGroupsItIsTheMachines) { EXPECT_EQ(read_memory_limit(root_), 1'024'000U); }

TEST_F(MemoryLimitTest, OfVersion2TheLeastOfAllAboveCounts) {
  write("proc/self/cgroup", "0::/a.slice/b.service\n");
  write("sys/fs/cgroup/a.slice/b.service/memory.max", "max\n");
  EXPECT_EQ(read_memory_limit(root_), 1'024'000U);
  write("sys/fs/cgroup/a.slice/memory.max", "300000\n");
  EXPECT_EQ(read_memory_limit(root_), 300'000U);
  write("sys/fs/cgroup/a.slice/b.service/memory.max", "200000\n");
  EXPECT_EQ(read_memory_limit(root_), 200'000U);
  write("sys/fs/cgroup/memory.max", "100000\n");
  EXPECT_EQ(read_memory_limit(root_), 100'000U);
}

TEST_F(MemoryLimitTest, OfVersion1TheMemoryControllersCounts) {
  write("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:hugetlb,memory:/a/b\n0::/\n");
  write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(read_memory_limit(root_), 1'024'000U);
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "400000\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1\n");
  EXPECT_EQ(read_memory_limit(root_), 400'000U);
}

TEST_F(MemoryLimitTest, APathThatIsNotThereIsPassedOver) {
  write("proc/self/cgroup", "0::/outer/container\nnonsense\n");
  write("sys/fs/cgroup/memory.max", "500000\n");
  EXPECT_EQ(read_memory_limit(root_), 500'000U);
}

TEST_F(MemoryLimitTest, NothingToReadIsNoLimit) {
  EXPECT_EQ(read_memory_limit(root_ / "nowhere"), 0U);
  EXPECT_EQ(read_memory_used(root_ / "nowhere"), 0U);
}

TEST(MemoryUsed, GrowsWithWhatIsTouched) {
  constexpr std::size_t bytes = std::size_t{64} * 1024 * 1024;
  const std::uint64_t before = read_memory_used();
  EXPECT_GT(before, 0U);
  EXPECT_GT(read_memory_limit(), before);
  const std::vector<char> block(bytes, 'x');
  EXPECT_EQ(block.back(), 'x');
  EXPECT_GT(read_memory_used(), before + bytes / 2);
}

}  // namespace
}  // namespace shoal::host
