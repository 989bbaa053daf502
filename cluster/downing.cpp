#include "cluster/downing.hpp"

#include <algorithm>
#include <utility>

namespace shoal::cluster {

namespace {

bool is_settled(const Member& member) {
  return member.state == MemberState::down || member.state == MemberState::exiting;
}

}  // namespace

Downing::Downing(DowningConfig config, std::unique_ptr<const DowningStrategy> strategy)
    : config_(std::move(config)), strategy_(std::move(strategy)) {}

void Downing::view_changed(const MemberTable& table, std::int64_t now_ms) {
  const auto& members = table.members();
  const bool was_split =
      std::exchange(is_split_, std::any_of(members.begin(), members.end(), [](const Member& member) {
                      return member.health.is_unreachable() && !is_settled(member);
                    }));
  if (!is_split_) return;
  std::uint64_t signature = 0;
  for (const Member& member : members) {
    if (member.health.is_unreachable() || member.state >= MemberState::up) signature += view_hash(member);
  }
  if (!was_split) split_since_ms_ = now_ms;
  if (!was_split || signature != signature_) changed_ms_ = now_ms;
  signature_ = signature;
}

void Downing::start_over(std::int64_t now_ms) {
  split_since_ms_ = now_ms;
  changed_ms_ = now_ms;
}

const DowningRecord* Downing::tick(const MemberTable& table, const Bits& acknowledged, std::int64_t now_ms) {
  if (!is_split_) return nullptr;
  const bool is_unstable =
      config_.down_all_when_unstable && !is_stable(now_ms) && now_ms - split_since_ms_ >= unstable_after_ms();
  if (!is_stable(now_ms) && !is_unstable) return nullptr;

  DowningRecord record;
  record.at_ms = now_ms;
  record.strategy = strategy_->name();
  record.was_unstable = is_unstable;
  record.split = split_of(table, acknowledged);
  record.decision = is_unstable
                        ? decide(*down_all(), record.split, 0)
                        : decide(*strategy_, record.split, config_.down_all_when_indirectly_connected);
  start_over(now_ms);  // where nothing comes of it, it is asked again after another wait
  if (records_.size() == records_max) records_.pop_front();
  records_.push_back(std::move(record));
  return &records_.back();
}

std::optional<std::int64_t> Downing::wakeup_ms() const {
  if (!is_split_) return std::nullopt;
  const std::int64_t stable_ms = changed_ms_ + config_.stable_after_ms;
  if (!config_.down_all_when_unstable) return stable_ms;
  return std::min(stable_ms, split_since_ms_ + unstable_after_ms());
}

Split Downing::split_of(const MemberTable& table, const Bits& acknowledged) const {
  Split split;
  for (std::size_t rank = 0; rank < table.members().size(); ++rank) {
    const Member& member = table.members()[rank];
    if (is_settled(member)) continue;
    split.push_back({.uid = member.uid(),
                     .address = member.profile->address,
                     .state = member.state,
                     .up_number = member.up_number,
                     .is_reachable = !member.health.is_unreachable(),
                     .has_role = config_.role.empty() || member.profile->has_role(config_.role),
                     .has_acknowledged = acknowledged.test(rank),
                     .accusers = member.health.accusers});
  }
  std::sort(split.begin(), split.end(),
            [](const SplitMember& left, const SplitMember& right) { return left.address < right.address; });
  return split;
}

}  // namespace shoal::cluster
