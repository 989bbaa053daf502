// Goal: partitions that are held, taken away and assigned anew at the next offset, and moved between lanes,
// lose no record and give none twice. Method: two lanes act at random on eight partitions until every record
// was taken; the value of each record is its offset. Runs against the mock cluster, or a real broker named by
// SHOAL_TEST_BOOTSTRAP.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "shoal/base/bytes.hpp"
#include "tests/kafka-mock/host/kafka/lane_fixture.hpp"
#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

namespace shoal::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t storm_partition_count = 8;
constexpr std::chrono::seconds storm_deadline{240};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A partition on its way to a lane.
struct Move {
  std::int32_t partition = 0;
  std::int64_t next = 0;
};

// What the lanes share. A partition's numbers are touched only by the lane that has it; a move hands them
// over.
struct Storm {
  std::string topic;
  std::int64_t records_per_partition = 0;
  std::atomic<std::uint32_t> finished = 0;  // partitions taken to their end
  std::atomic<std::uint64_t> gaps = 0;
  std::atomic<std::uint64_t> duplicates = 0;
  std::atomic<std::uint64_t> wrong_values = 0;
  std::atomic<std::uint64_t> reassigned = 0;
  std::atomic<std::uint64_t> moved = 0;
  std::atomic<std::uint64_t> events = 0;
  Clock::time_point end = Clock::now() + storm_deadline;
  std::array<std::mutex, 2> mailbox_mutexes;
  std::array<std::deque<Move>, 2> mailboxes;
  std::array<int, 2> wake_fds{};

  bool over() const { return finished == storm_partition_count || Clock::now() > end; }
};

class StormLane {
 public:
  StormLane(Storm& storm, std::size_t index, const config::Kafka& kafka, std::uint64_t seed)
      : storm_(storm), index_(index), random_(seed), lane_(kafka, "storm", 1'024) {
    storm.wake_fds[index] = lane_.wake().get();
  }

  void run() {
    while (!storm_.over()) {
      accept_moves();
      bool took = false;
      for (std::size_t i = 0; i < owned_.size();) {
        took = act(owned_[i]) || took;
        if (owned_[i].gone) {
          owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          ++i;
        }
      }
      lane_.consumer().poll(lane_.events);
      for (const ConsumerEvent& event : lane_.events) {
        ++storm_.events;
        std::cerr << "event: " << event.message << '\n';
      }
      lane_.events.clear();
      if (!took) lane_.wake().wait(std::chrono::milliseconds(5));
    }
  }

 private:
  struct Owned {
    PartitionSlot slot;
    std::int32_t partition = 0;
    std::int64_t next = 0;
    int held_rounds = 0;
    bool gone = false;
  };

  std::uint64_t up_to(std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>(0, max)(random_);
  }

  void accept_moves() {
    std::deque<Move> moves;
    {
      const std::lock_guard lock(storm_.mailbox_mutexes[index_]);
      moves.swap(storm_.mailboxes[index_]);
    }
    std::vector<PartitionStart> starts;
    for (const Move& move : moves)
      starts.push_back({storm_.topic, Partition{move.partition}, Offset{move.next}});
    const auto slots = lane_.consumer().assign(starts).value();
    for (std::size_t i = 0; i < slots.size(); ++i) {
      owned_.push_back({slots[i], moves[i].partition, moves[i].next, 0, false});
    }
  }

  // One step of one partition: hold, take, take away, assign anew or hand over. True where records were
  // taken.
  bool act(Owned& owned) {
    if (owned.held_rounds > 0) {
      --owned.held_rounds;
      return false;
    }
    const bool took = take(owned);
    const std::uint64_t dice = up_to(999);
    if (dice < 50) {
      owned.held_rounds = static_cast<int>(up_to(50));
    } else if (dice < 110) {
      EXPECT_TRUE(lane_.consumer().unassign({&owned.slot, 1}));
      owned.slot = lane_.assign(storm_.topic, owned.partition, owned.next);
      ++storm_.reassigned;
    } else if (dice < 140) {
      EXPECT_TRUE(lane_.consumer().unassign({&owned.slot, 1}));
      owned.gone = true;
      ++storm_.moved;
      const std::size_t other = 1 - index_;
      const std::lock_guard lock(storm_.mailbox_mutexes[other]);
      storm_.mailboxes[other].push_back({owned.partition, owned.next});
    }
    return took;
  }

  bool take(Owned& owned) {
    std::array<shoal_record, 256> records;
    const std::size_t count =
        lane_.consumer().take(owned.slot, std::span(records).first(1 + up_to(records.size() - 1)));
    for (std::size_t i = 0; i < count; ++i) {
      const shoal_record& record = records[i];
      if (record.offset > owned.next) storm_.gaps += static_cast<std::uint64_t>(record.offset - owned.next);
      if (record.offset < owned.next) ++storm_.duplicates;
      std::int64_t value = -1;
      const std::string_view text = to_view(record.value);
      std::from_chars(text.data(), text.data() + text.size(), value);
      if (value != record.offset || record.partition != owned.partition) ++storm_.wrong_values;
      owned.next = record.offset + 1;
    }
    lane_.consumer().release();
    if (count > 0 && owned.next == storm_.records_per_partition) ++storm_.finished;
    return count > 0;
  }

  Storm& storm_;
  std::size_t index_;
  std::mt19937_64 random_;
  Lane lane_;
  std::vector<Owned> owned_;
};

TEST(Storm, LosesNothingAndGivesNothingTwice) {
  const std::uint64_t seed = number_from_environment("SHOAL_TEST_SEED", std::random_device{}());
  std::cout << "SHOAL_TEST_SEED=" << seed << '\n';
  const auto cluster = TestCluster::from_environment();
  Storm storm;
  // The mock keeps 5 MiB a partition.
  storm.records_per_partition =
      static_cast<std::int64_t>(number_from_environment("SHOAL_TEST_STORM_RECORDS", 20'000));
  storm.topic = cluster->make_topic("storm", storm_partition_count);
  fill(cluster->config(), storm.topic, storm_partition_count,
       static_cast<std::uint64_t>(storm.records_per_partition), 20);
  for (std::uint32_t partition = 0; partition < storm_partition_count; ++partition) {
    storm.mailboxes[partition % 2].push_back({static_cast<std::int32_t>(partition), 0});
  }
  StormLane first(storm, 0, cluster->config(), seed);
  StormLane second(storm, 1, cluster->config(), seed + 1);
  std::thread thread([&second] { second.run(); });
  first.run();
  thread.join();
  EXPECT_EQ(storm.finished, storm_partition_count) << "a partition starved";
  EXPECT_EQ(storm.gaps, 0u);
  EXPECT_EQ(storm.duplicates, 0u);
  EXPECT_EQ(storm.wrong_values, 0u);
  EXPECT_EQ(storm.events, 0u);
  EXPECT_GT(storm.reassigned, 50u);
  EXPECT_GT(storm.moved, 20u);
  std::cout << "assigned anew " << storm.reassigned << " times, moved " << storm.moved << " times\n";
}

}  // namespace
}  // namespace shoal::kafka
