// Goal: a lane's log keeps a bounded part of what is written, also where only one of its shards writes.
// Method: a lane on a file log with small segments in a real directory, whose segments are counted.

#include <algorithm>
#include <filesystem>
#include <random>

#include "journal/log_thread.hpp"
#include "journal/posix_storage.hpp"
#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes::durable_test {
namespace {

constexpr std::uint64_t kSegmentBytes = 64 * 1024;
constexpr std::size_t kSmallCheckpointBytes = 16 * 1024;
constexpr std::size_t kFillBytes = 10'000;
constexpr std::size_t kSegmentsMax = 6;
constexpr int kFills = 80;
static_assert(kFills * kFillBytes / kSegmentBytes >= 2 * kSegmentsMax, "a round writes more than may stay");

class LaneCheckpointsTest : public testing::Test {
 protected:
  LaneCheckpointsTest() {
    const auto loaded = registry_.load(tests::test_module("durable"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    storage_ = std::move(journal::PosixStorage::open((directory_ / "journal").string())).value();
  }
  std::unique_ptr<Host> start() {
    const auto make_log = [this](std::function<void()> wake) {
      journal::LogThreadOptions options;
      options.log.owner = journal::OwnerId{random_()};
      options.log.data.segment_bytes = kSegmentBytes;
      options.log.data.random = [this] { return random_(); };
      options.record_bytes_max = kSegmentBytes / 2;
      options.wake = std::move(wake);
      return std::move(journal::LogThread::start(*storage_, std::move(options))).value();
    };
    return std::make_unique<Host>(make_log, registry_,
                                  HostOptions{.type = "register",
                                              .policy = policy_of(Durability::state),
                                              .checkpoint_bytes = kSmallCheckpointBytes});
  }
  // Those that are needed, without spares.
  std::size_t segments() const {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "journal" / "data")) {
      const std::string name = file.path().filename().string();
      if (!name.ends_with(".lock") && !name.ends_with(".spare")) ++count;
    }
    return count;
  }
  static void fill(Host& host, const std::string& id, std::size_t bytes) {
    const std::string said = host.ask(id, "fill", "{\"bytes\":" + std::to_string(bytes) + "}");
    EXPECT_NE(said.find("\"sum\":"), std::string::npos) << said;
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  std::mt19937_64 random_{std::random_device{}()};
  std::unique_ptr<journal::PosixStorage> storage_;
};

TEST_F(LaneCheckpointsTest, ShardsThatWriteNothingLetGoOfWhatAnotherWrites) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a1", 1), sum(1, 1));
    fill(*host, "a2", kFillBytes);  // and nobody is in shard 3
    for (int round = 1; round <= 3; ++round) {
      for (int i = 0; i < kFills; ++i) fill(*host, "a0", kFillBytes);
      // What may stay: four times the states of 10,000 bytes and least parts of shards, and the segment
      // after.
      ASSERT_TRUE(comes_true([&] { return segments() <= kSegmentsMax; }))
          << segments() << " segments, round " << round;
    }
  }
  const auto host = start();
  EXPECT_EQ(host->look("a0"), sum(0, 3 * kFills));
  EXPECT_EQ(host->look("a1"), sum(1, 1));
  EXPECT_EQ(host->look("a2"), sum(0, 1));
  EXPECT_EQ(host->look("a3"), sum(0, 0));
}

}  // namespace
}  // namespace shoal::lanes::durable_test
