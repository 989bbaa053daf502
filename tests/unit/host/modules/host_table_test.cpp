// Goal: what the host offers a module keeps its bounds and its thread tags. Method: call through the ABI
// struct, also from several threads at once.

#include "host/modules/host_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::ElementsAre;

class HostTableTest : public testing::Test {
 protected:
  shoal_status add_metric(std::string_view name, shoal_metric_kind kind, std::uint32_t& metric) {
    return host_.register_metric(host_.state, kind, to_bytes(name), to_bytes("help"), &metric);
  }
  shoal_status update(std::uint32_t metric, std::int64_t value) {
    return host_.update_metric(host_.state, metric, value);
  }

  tests::LogLines log_;
  HostTable table_{"probe", "0.1.0", log_.function()};
  const shoal_host& host_ = *table_.abi();
  std::uint32_t metric_ = 0;
};

TEST_F(HostTableTest, SaysWhatItIs) {
  EXPECT_EQ(host_.size, sizeof(shoal_host));
  EXPECT_EQ(host_.abi, SHOAL_ABI);
  EXPECT_STREQ(host_.version, "0.1.0");
  EXPECT_EQ(host_.allocator.size, sizeof(shoal_allocator));
}

TEST_F(HostTableTest, AllocatesAligned) {
  const auto& allocator = host_.allocator;
  for (std::uint64_t alignment = 1; alignment <= 4'096; alignment *= 2) {
    void* memory = allocator.allocate(allocator.state, 100, alignment);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U);
    allocator.release(allocator.state, memory, 100, alignment);
  }
  void* nothing = allocator.allocate(allocator.state, 0, 8);
  EXPECT_NE(nothing, nullptr);
  allocator.release(allocator.state, nothing, 0, 8);
  allocator.release(allocator.state, nullptr, 0, 8);
}

TEST_F(HostTableTest, RefusesImpossibleAllocations) {
  const auto& allocator = host_.allocator;
  EXPECT_EQ(allocator.allocate(allocator.state, 8, 0), nullptr);
  EXPECT_EQ(allocator.allocate(allocator.state, 8, 24), nullptr);
  EXPECT_EQ(allocator.allocate(allocator.state, UINT64_MAX, 8), nullptr);
}

TEST_F(HostTableTest, LogsUnderTheModulesName) {
  host_.log(host_.state, SHOAL_LOG_INFO, to_bytes("ready"));
  host_.log(host_.state, 99, null_bytes);
  EXPECT_THAT(log_.take(), ElementsAre("probe: ready", "probe: "));
}

TEST_F(HostTableTest, CutsLongLinesBetweenCharacters) {
  std::string text(4'095, 'x');
  text += "ä";  // two bytes: the second would be number 4,097
  host_.log(host_.state, SHOAL_LOG_INFO, to_bytes(text));
  host_.log(host_.state, SHOAL_LOG_INFO, to_bytes(std::string(5'000, 'y')));
  EXPECT_THAT(log_.take(),
              ElementsAre("probe: " + std::string(4'095, 'x'), "probe: " + std::string(4'096, 'y')));
}

TEST_F(HostTableTest, LogThatThrowsStaysInTheHost) {
  HostTable table{"probe", "0.1.0", [](auto, auto, auto) { throw std::runtime_error("disk full"); }};
  table.abi()->log(table.abi()->state, SHOAL_LOG_INFO, to_bytes("line"));
  HostTable silent{"probe", "0.1.0", {}};
  silent.abi()->log(silent.abi()->state, SHOAL_LOG_INFO, to_bytes("line"));
}

TEST_F(HostTableTest, CountsAndGauges) {
  std::uint32_t gauge = 0;
  ASSERT_EQ(add_metric("records_total", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_OK);
  ASSERT_EQ(add_metric("depth", SHOAL_METRIC_GAUGE, gauge), SHOAL_STATUS_OK);
  EXPECT_EQ(update(metric_, 2), SHOAL_STATUS_OK);
  EXPECT_EQ(update(metric_, 3), SHOAL_STATUS_OK);
  EXPECT_EQ(update(metric_, -1), SHOAL_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(update(gauge, 7), SHOAL_STATUS_OK);
  EXPECT_EQ(update(gauge, -2), SHOAL_STATUS_OK);
  EXPECT_EQ(update(gauge + 1, 1), SHOAL_STATUS_INVALID_ARGUMENT);
  const auto metrics = table_.metrics();
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].name, "records_total");
  EXPECT_EQ(metrics[0].help, "help");
  EXPECT_EQ(metrics[0].value, 5);
  EXPECT_EQ(metrics[1].value, -2);
}

TEST_F(HostTableTest, SameNameSameNumber) {
  std::uint32_t again = 99;
  ASSERT_EQ(add_metric("a", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_OK);
  ASSERT_EQ(add_metric("a", SHOAL_METRIC_COUNTER, again), SHOAL_STATUS_OK);
  EXPECT_EQ(again, metric_);
  EXPECT_EQ(add_metric("a", SHOAL_METRIC_GAUGE, again), SHOAL_STATUS_INVALID_ARGUMENT);
}

TEST_F(HostTableTest, RefusesBadMetrics) {
  for (const std::string& name :
       {std::string{}, std::string{"Upper"}, std::string{"1st"}, std::string{"a-b"}, std::string(65, 'a')}) {
    EXPECT_EQ(add_metric(name, SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_INVALID_ARGUMENT) << name;
  }
  EXPECT_EQ(add_metric("a", 3, metric_), SHOAL_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(host_.register_metric(host_.state, SHOAL_METRIC_COUNTER, to_bytes("a"), null_bytes, nullptr),
            SHOAL_STATUS_INVALID_ARGUMENT);
  for (std::uint32_t index = 0; index < HostTable::metrics_max; ++index) {
    ASSERT_EQ(add_metric("m" + std::to_string(index), SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_OK);
  }
  EXPECT_EQ(add_metric("one_more", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_TOO_LARGE);
  EXPECT_EQ(add_metric("m3", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_OK);
}

TEST_F(HostTableTest, RegistrationEndsWithLoading) {
  table_.close_registration();
  EXPECT_EQ(add_metric("late", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_WRONG_PHASE);
}

TEST_F(HostTableTest, CountsFromManyThreads) {
  ASSERT_EQ(add_metric("records_total", SHOAL_METRIC_COUNTER, metric_), SHOAL_STATUS_OK);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10'000; ++round) {
        update(metric_, 1);
      }
      host_.log(host_.state, SHOAL_LOG_INFO, to_bytes("done"));
      table_.metrics();
    });
  }
  threads.clear();
  EXPECT_EQ(table_.metrics()[0].value, 40'000);
  EXPECT_EQ(log_.take().size(), 4U);
}

}  // namespace
}  // namespace shoal::modules
