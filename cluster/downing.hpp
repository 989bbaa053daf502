#pragma once
// Downing: waits until a split stands still, asks the strategy, and keeps what it decided and why.
//
//   no unreachable member ──► one ──stable_after_ms without a change──► the strategy's verdict
//                              └── 1.75 · stable_after_ms and still changing, with down_all_when_unstable ──►
//                              down all
//
// A change is one of the states or the reachability of members; those that are joining or weakly-up and
// reachable do not count. Members that are down or exiting are settled already. Times are steady
// milliseconds.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "cluster/bits.hpp"
#include "cluster/downing_strategy.hpp"
#include "cluster/member_table.hpp"

namespace shoal::cluster {

struct DowningConfig {
  std::int64_t stable_after_ms = 20'000;
  bool down_all_when_unstable = true;
  double down_all_when_indirectly_connected = 0.5;
  std::string role;  // only members with it count; empty: all
};

struct DowningRecord {
  std::int64_t at_ms = 0;
  std::string strategy;
  bool was_unstable = false;
  Split split;
  SplitDecision decision;
};

class Downing {
 public:
  static constexpr std::size_t records_max = 16;

  Downing(DowningConfig config, std::unique_ptr<const DowningStrategy> strategy);

  void view_changed(const MemberTable& table, std::int64_t now_ms);
  // This node did not look for a while: what it saw before says nothing of now.
  void start_over(std::int64_t now_ms);
  // The record of a decision that is due now. Valid until the next one.
  const DowningRecord* tick(const MemberTable& table, const Bits& acknowledged, std::int64_t now_ms);
  // When a decision may be due; empty where nothing is unreachable.
  std::optional<std::int64_t> wakeup_ms() const;

  // The last decisions, oldest first.
  const std::deque<DowningRecord>& records() const { return records_; }

 private:
  bool is_stable(std::int64_t now_ms) const { return now_ms - changed_ms_ >= config_.stable_after_ms; }
  std::int64_t unstable_after_ms() const { return config_.stable_after_ms * 7 / 4; }
  Split split_of(const MemberTable& table, const Bits& acknowledged) const;

  DowningConfig config_;
  std::unique_ptr<const DowningStrategy> strategy_;
  std::uint64_t signature_ = 0;
  bool is_split_ = false;
  std::int64_t split_since_ms_ = 0;
  std::int64_t changed_ms_ = 0;
  std::deque<DowningRecord> records_;
};

}  // namespace shoal::cluster
