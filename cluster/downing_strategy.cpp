#include "cluster/downing_strategy.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <tuple>

namespace shoal::cluster {

namespace {

template <class Counts>
std::size_t count(const Split& split, Counts counts) {
  return static_cast<std::size_t>(std::count_if(split.begin(), split.end(), [&](const SplitMember& member) {
    return member.is_counted() && counts(member);
  }));
}

bool is_reachable(const SplitMember& member) { return member.is_reachable; }
bool is_unreachable(const SplitMember& member) { return !member.is_reachable; }

class KeepMajority final : public DowningStrategy {
 public:
  const char* name() const override { return "keep-majority"; }

  Verdict verdict(const Split& split) const override {
    const std::size_t here = count(split, is_reachable);
    const std::size_t there = count(split, is_unreachable);
    if (here != there) return here > there ? Verdict::down_unreachable : Verdict::down_reachable;
    const auto lowest = std::find_if(split.begin(), split.end(),
                                     [](const SplitMember& member) { return member.is_counted(); });
    if (lowest == split.end()) return Verdict::down_all;
    return lowest->is_reachable ? Verdict::down_unreachable : Verdict::down_reachable;
  }
};

class StaticQuorum final : public DowningStrategy {
 public:
  explicit StaticQuorum(std::uint32_t quorum_size) : quorum_size_(quorum_size) {}

  const char* name() const override { return "static-quorum"; }

  Verdict verdict(const Split& split) const override {
    const std::size_t here = count(split, is_reachable);
    if (here + count(split, is_unreachable) > 2 * quorum_size_ - 1) return Verdict::down_all;
    return here >= quorum_size_ ? Verdict::down_unreachable : Verdict::down_reachable;
  }

 private:
  std::size_t quorum_size_;
};

class KeepOldest final : public DowningStrategy {
 public:
  explicit KeepOldest(bool down_if_alone) : down_if_alone_(down_if_alone) {}

  const char* name() const override { return "keep-oldest"; }

  Verdict verdict(const Split& split) const override {
    const SplitMember* oldest = nullptr;
    for (const SplitMember& member : split) {
      if (member.is_counted() && (oldest == nullptr || age_of(member) < age_of(*oldest))) oldest = &member;
    }
    if (oldest == nullptr) return Verdict::down_all;
    const std::size_t here = count(split, is_reachable);
    const std::size_t there = count(split, is_unreachable);
    const bool is_alone = (oldest->is_reachable ? here : there) == 1;
    const bool has_others = (oldest->is_reachable ? there : here) > 0;
    const bool keeps_it = !(down_if_alone_ && is_alone && has_others);
    return oldest->is_reachable == keeps_it ? Verdict::down_unreachable : Verdict::down_reachable;
  }

 private:
  static std::tuple<std::uint64_t, const std::string&> age_of(const SplitMember& member) {
    return {member.up_number, member.address};
  }

  bool down_if_alone_;
};

class DownAll final : public DowningStrategy {
 public:
  const char* name() const override { return "down-all"; }
  Verdict verdict(const Split&) const override { return Verdict::down_all; }
};

bool contains(const std::vector<Uid>& uids, Uid uid) {
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

bool goes_down(const SplitMember& member, Verdict verdict) {
  switch (verdict) {
    case Verdict::down_all:
      return true;
    case Verdict::down_reachable:
      return member.is_reachable;
    case Verdict::down_unreachable:
      return !member.is_reachable;
  }
  return true;
}

Verdict safe_verdict(const DowningStrategy& strategy, const Split& split) {
  const Verdict plain = strategy.verdict(split);
  if (plain != Verdict::down_unreachable) return plain;
  return strategy.verdict(worst_case(split)) == plain ? plain : Verdict::down_reachable;
}

}  // namespace

const char* name_of(Verdict verdict) {
  constexpr std::array<const char*, 3> names = {"down-unreachable", "down-reachable", "down-all"};
  return names[static_cast<std::size_t>(verdict)];
}

std::unique_ptr<DowningStrategy> keep_majority() { return std::make_unique<KeepMajority>(); }
std::unique_ptr<DowningStrategy> static_quorum(std::uint32_t quorum_size) {
  return std::make_unique<StaticQuorum>(quorum_size);
}
std::unique_ptr<DowningStrategy> keep_oldest(bool down_if_alone) {
  return std::make_unique<KeepOldest>(down_if_alone);
}
std::unique_ptr<DowningStrategy> down_all() { return std::make_unique<DownAll>(); }

Split worst_case(const Split& split) {
  Split worst = split;
  for (SplitMember& member : worst) {
    if (!member.is_reachable && member.state <= MemberState::weakly_up) {
      member.state = MemberState::up;
      member.up_number = UINT64_MAX;  // the youngest
    } else if (member.is_reachable && member.state == MemberState::leaving) {
      member.state = MemberState::exiting;
    }
  }
  return worst;
}

std::vector<Uid> indirectly_connected(const Split& split) {
  std::vector<Uid> found;
  for (const SplitMember& member : split) {
    if (member.is_reachable) continue;
    const bool accuses_back = std::any_of(split.begin(), split.end(), [&](const SplitMember& other) {
      return !other.is_reachable && member.accusers.contains(other.uid) &&
             other.accusers.contains(member.uid);
    });
    if (member.has_acknowledged || accuses_back) found.push_back(member.uid);
  }
  return found;
}

SplitDecision decide(const DowningStrategy& strategy, const Split& split, double down_all_ratio) {
  SplitDecision decision;
  decision.indirectly_connected = indirectly_connected(split);
  const auto& indirect = decision.indirectly_connected;
  Split rest;
  std::copy_if(split.begin(), split.end(), std::back_inserter(rest),
               [&](const SplitMember& member) { return !contains(indirect, member.uid); });
  const std::size_t counted = count(split, [](const SplitMember&) { return true; });
  const std::size_t indirect_counted =
      count(split, [&](const SplitMember& member) { return contains(indirect, member.uid); });
  const bool is_clean = std::all_of(rest.begin(), rest.end(), is_reachable);
  if (indirect_counted > 0 &&
      static_cast<double>(indirect_counted) >= down_all_ratio * static_cast<double>(counted)) {
    decision.verdict = Verdict::down_all;
  } else if (!is_clean) {
    decision.verdict = safe_verdict(strategy, rest);
  }
  for (const SplitMember& member : split) {
    if (goes_down(member, decision.verdict) || contains(indirect, member.uid)) {
      decision.to_down.push_back(member.uid);
    }
  }
  return decision;
}

}  // namespace shoal::cluster
