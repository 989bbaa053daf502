// Goal: rounds of shedding begin, choose the longest idle of all lanes, end and are told. Method: lanes that
// are lists of idle times, memory that is a number, and the time as an argument.
#include "host/memory_shedder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace shoal::host {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

class MemoryShedderTest : public testing::Test {
 protected:
  explicit MemoryShedderTest(std::uint64_t limit_bytes = 1'000 * kMebibyte,
                             std::chrono::milliseconds interval = 5s) {
    MemoryShedder::Options options;
    options.pressure = {limit_bytes, 80, 75};
    options.interval = interval;
    options.lane_count = 2;
    options.used_bytes = [this] { return process_bytes_; };
    options.count = [this](std::uint32_t lane, std::uint32_t, lanes::Shedding::Counted done) {
      ++counts_;
      lanes::ShedCandidates candidates;
      for (const std::uint32_t ticks : idle_[lane]) candidates.idle.add(ticks);
      candidates.reusable_bytes = reusable_bytes_;
      if (!is_stuck_) done(candidates);
    };
    options.shed = [this](std::uint32_t lane, const lanes::ShedOrder& order, lanes::Shedding::Shed done) {
      std::uint64_t some = order.some_max;
      const auto goes = [&](std::uint32_t ticks) {
        if (ticks >= order.all_from_ticks) return true;
        if (ticks < order.some_from_ticks || some == 0) return false;
        --some;
        return true;
      };
      const std::uint64_t gone = std::erase_if(idle_[lane], goes);
      leaving_.emplace_back(now_ + leaves_after_, gone * bytes_each_);
      done({{lanes::TypeIndex{lane}, gone}});
    };
    options.name_of = [](lanes::TypeIndex type) { return "type-" + std::to_string(type.value); };
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    options.inform = [this](const std::string& text) { lines_.push_back(text); };
    shedder_.emplace(std::move(options));
  }

  // Looks every 50 ms, as the control thread does.
  void run(std::chrono::milliseconds time) {
    for (const auto end = now_ + time; now_ < end; now_ += 50ms) {
      for (auto& [due, bytes] : leaving_) {
        if (due <= now_) process_bytes_ -= std::exchange(bytes, 0);
      }
      shedder_->look(MemoryShedder::Clock::time_point(now_));
    }
  }

  std::vector<std::uint32_t> idle_[2];  // ticks of each entity
  std::uint64_t bytes_each_ = kMebibyte;
  std::chrono::milliseconds leaves_after_ = 0ms;  // the process, of what ended entities had
  std::vector<std::pair<std::chrono::milliseconds, std::uint64_t>> leaving_;
  std::uint64_t process_bytes_ = 0;
  std::uint64_t reusable_bytes_ = 0;
  bool is_stuck_ = false;
  int counts_ = 0;
  std::vector<std::string> warnings_;
  std::vector<std::string> lines_;
  std::chrono::milliseconds now_ = 1h;
  std::optional<MemoryShedder> shedder_;
};

TEST_F(MemoryShedderTest, TheLongestIdleGoUntilTheTargetIsReached) {
  for (std::uint32_t i = 0; i < 500; ++i) {
    idle_[0].push_back(i);
    idle_[1].push_back(1'000 + i);
  }
  process_bytes_ = 790 * kMebibyte;
  run(20s);
  EXPECT_EQ(counts_, 0);
  process_bytes_ = 820 * kMebibyte;
  run(30s);
  EXPECT_LT(process_bytes_, 750 * kMebibyte);
  EXPECT_GT(process_bytes_, 700 * kMebibyte);
  EXPECT_EQ(idle_[0].size(), 500U) << "the other lane's have been idle for longer";
  const management::MemoryStatus status = shedder_->status();
  EXPECT_EQ(status.limit_bytes, 1'000 * kMebibyte);
  EXPECT_EQ(status.used_bytes, process_bytes_);
  EXPECT_FALSE(status.is_shedding);
  EXPECT_EQ(status.shed_total, 500U - idle_[1].size());
  EXPECT_EQ(shedder_->shed_total(lanes::TypeIndex{1}), status.shed_total);
  EXPECT_EQ(shedder_->shed_total(lanes::TypeIndex{0}), 0U);
  EXPECT_THAT(warnings_,
              ElementsAre("memory: 820.0 of 1000.0 MiB (82 %) are used: entities leave it until it is "
                          "less than 75 %"));
  ASSERT_FALSE(lines_.empty());
  EXPECT_THAT(lines_.front(), HasSubstr("type-1 "));
  EXPECT_THAT(lines_.front(), HasSubstr("from 820.0 to "));
  EXPECT_THAT(lines_.back(), HasSubstr("entities stay again"));
  const auto counts = counts_;
  run(60s);
  EXPECT_EQ(counts_, counts);
}

TEST_F(MemoryShedderTest, WhatEndedEntitiesLeftForNewOnesIsNotUsed) {
  idle_[0].assign(100, 50);
  process_bytes_ = 900 * kMebibyte;
  reusable_bytes_ = 80 * kMebibyte;
  run(60s);
  EXPECT_EQ(shedder_->status().used_bytes, 740 * kMebibyte);
  EXPECT_EQ(shedder_->status().reusable_bytes, 160 * kMebibyte);
  EXPECT_EQ(idle_[0].size(), 100U);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(MemoryShedderTest, WhereNobodyMayGoItIsSaidOnce) {
  process_bytes_ = 900 * kMebibyte;
  run(60s);
  ASSERT_EQ(warnings_.size(), 2U);
  EXPECT_THAT(warnings_[1], HasSubstr("no entity may leave it"));
  EXPECT_TRUE(shedder_->status().is_shedding);
}

TEST_F(MemoryShedderTest, ALaneThatDoesNotAnswerHoldsTheRoundAndNothingElse) {
  idle_[0].assign(100, 50);
  process_bytes_ = 900 * kMebibyte;
  is_stuck_ = true;
  run(60s);
  EXPECT_EQ(counts_, 2);
  EXPECT_EQ(idle_[0].size(), 100U);
}

class ShortIntervalTest : public MemoryShedderTest {
 protected:
  ShortIntervalTest() : MemoryShedderTest(1'000 * kMebibyte, 100ms) {}
};

TEST_F(ShortIntervalTest, MemoryThatLeavesLateLetsNoMoreEntitiesGo) {
  idle_[0].assign(820, 50);
  process_bytes_ = 820 * kMebibyte;
  leaves_after_ = 500ms;
  run(30s);
  EXPECT_FALSE(shedder_->status().is_shedding);
  EXPECT_EQ(process_bytes_, 749 * kMebibyte);
}

class NoLimitTest : public MemoryShedderTest {
 protected:
  NoLimitTest() : MemoryShedderTest(0) {}
};

TEST_F(NoLimitTest, WithoutALimitNobodyLooks) {
  process_bytes_ = 900 * kMebibyte;
  run(60s);
  EXPECT_EQ(counts_, 0);
  EXPECT_EQ(shedder_->status().limit_bytes, 0U);
  EXPECT_THAT(warnings_, IsEmpty());
}

}  // namespace
}  // namespace shoal::host
