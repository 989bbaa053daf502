#include "tests/sim/bugs.hpp"

#include <algorithm>
#include <utility>

namespace shoal::sim {

namespace {

using cluster::MessageKind;
using cluster::Split;
using cluster::SplitMember;
using cluster::Verdict;

class BothSidesGoOn final : public cluster::DowningStrategy {
 public:
  const char* name() const override { return "both-sides-go-on"; }
  Verdict verdict(const Split&) const override { return Verdict::down_unreachable; }
};

class TieKeepsBoth final : public cluster::DowningStrategy {
 public:
  const char* name() const override { return "tie-keeps-both"; }
  Verdict verdict(const Split& split) const override {
    const auto here = std::count_if(split.begin(), split.end(),
                                    [](const SplitMember& member) { return member.is_reachable; });
    return 2 * here >= std::ssize(split) ? Verdict::down_unreachable : Verdict::down_reachable;
  }
};

class QuorumBelowHalf final : public cluster::DowningStrategy {
 public:
  const char* name() const override { return "quorum-below-half"; }
  Verdict verdict(const Split& split) const override {
    const auto here = std::count_if(split.begin(), split.end(),
                                    [](const SplitMember& member) { return member.is_reachable; });
    return here >= 2 ? Verdict::down_unreachable : Verdict::down_reachable;
  }
};

}  // namespace

const char* name_of(Bug bug) {
  constexpr std::array names = {"none",
                                "forged_acknowledgements",
                                "claimed_agreement",
                                "silent_acknowledgements",
                                "silent_accusations",
                                "lost_refutations",
                                "lost_removals",
                                "forged_answers",
                                "no_repair",
                                "oversized_messages",
                                "impatient_suspicion",
                                "every_seed_is_first",
                                "reused_uid",
                                "both_sides_go_on",
                                "tie_keeps_both",
                                "quorum_below_half",
                                "silent_metrics",
                                "forged_words",
                                "lost_words",
                                "no_removal_margin",
                                "unseeded_chance"};
  return names[static_cast<std::size_t>(bug)];
}

void spoil(Bug bug, cluster::MembershipConfig& config, const std::string& own_address) {
  if (bug == Bug::no_repair) config.gossip.tellings_factor = 0.1;
  if (bug == Bug::oversized_messages) config.gossip.message_bytes_max = 100'000;
  if (bug == Bug::impatient_suspicion) {
    config.detector.accusers_min = 1;
    config.detector.suspicion.suspicion_factor = 0.001;
  }
  if (bug == Bug::every_seed_is_first) {
    auto& seeds = config.join.seeds;
    const auto own = std::find(seeds.begin(), seeds.end(), own_address);
    if (own != seeds.end()) seeds = {own_address};
  }
}

void spoil(Bug bug, cluster::SingletonConfig& config) {
  if (bug == Bug::no_removal_margin) config.removal_margin_ms = 0;
}

std::unique_ptr<const cluster::DowningStrategy> spoil(
    Bug bug, std::unique_ptr<const cluster::DowningStrategy> strategy) {
  if (bug == Bug::both_sides_go_on) return std::make_unique<BothSidesGoOn>();
  if (bug == Bug::tie_keeps_both) return std::make_unique<TieKeepsBoth>();
  if (bug == Bug::quorum_below_half) return std::make_unique<QuorumBelowHalf>();
  return strategy;
}

bool spoil_said(Bug bug, cluster::Message& message) {
  switch (bug) {
    case Bug::forged_acknowledgements:
      if (!message.acknowledged.empty()) {
        for (std::size_t place = 0; place < message.acknowledged.words().size() * 64; ++place) {
          message.acknowledged.set(place);
        }
      }
      return true;
    case Bug::claimed_agreement:
      message.is_view_agreed = true;
      return true;
    case Bug::silent_acknowledgements:
      message.acknowledged = {};
      message.is_view_agreed = false;
      return true;
    case Bug::silent_metrics:
      message.metrics.clear();
      return true;
    case Bug::silent_accusations:
      for (cluster::Record& record : message.records) record.member.health.accusers = {};
      return true;
    case Bug::lost_refutations:
      for (cluster::Record& record : message.records) record.member.health.refutation = 0;
      return true;
    case Bug::no_repair:
      return message.kind != MessageKind::digest;
    default:
      return true;
  }
}

bool spoil_heard(Bug bug, cluster::Message& message) {
  if (bug == Bug::lost_removals) {
    std::erase_if(message.records, [](const cluster::Record& record) {
      return record.member.state == cluster::MemberState::removed;
    });
  }
  return true;
}

}  // namespace shoal::sim
