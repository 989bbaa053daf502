#pragma once
// DowningStrategy: which side of a split goes on, as a pure function of what one side sees.
//
// Each side decides alone, so a rule must never say "we go on" on two sides. Counted are members that are up
// or leaving and have the role (if one is asked for); those that are joining or weakly-up never are.
//
//   keep-majority   the side with more than half; of two halves the one with the lowest address
//   static-quorum   a side with `quorum_size`; with more than 2 · quorum_size - 1 members nobody (down all)
//   keep-oldest     the side with the oldest member; unless that is alone there and `down_if_alone` is set
//   down-all        nobody
//
// What the other side did last may be unknown here: it may have made members up that join, or let leaving
// ones go. `decide` therefore asks the rule a second time with the worst of that (`worst_case`); where the
// rule would then no longer keep this side, this side goes down.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::cluster {

// A member as the strategy sees it. Requires: `members` of a split are in the order of their addresses.
struct SplitMember {
  Uid uid;
  std::string address;
  MemberState state = MemberState::up;
  std::uint64_t up_number = 0;
  bool is_reachable = true;
  bool has_role = true;           // always where no role is asked for
  bool has_acknowledged = false;  // the view that calls it unreachable: so it is connected after all
  Accusers accusers = {};

  bool is_counted() const { return has_role && (state == MemberState::up || state == MemberState::leaving); }
};
using Split = std::vector<SplitMember>;

enum class Verdict : std::uint8_t { down_unreachable, down_reachable, down_all };

const char* name_of(Verdict verdict);

class DowningStrategy {
 public:
  virtual ~DowningStrategy() = default;
  virtual const char* name() const = 0;
  // Requires: the split has an unreachable member.
  virtual Verdict verdict(const Split& split) const = 0;
};

std::unique_ptr<DowningStrategy> keep_majority();
std::unique_ptr<DowningStrategy> static_quorum(std::uint32_t quorum_size);
std::unique_ptr<DowningStrategy> keep_oldest(bool down_if_alone);
std::unique_ptr<DowningStrategy> down_all();

// The split as it is if the other side has just made up all that join there and this side's leaving ones are
// gone.
Split worst_case(const Split& split);

// Members that are called unreachable but are connected by detours: two of them that accuse each other, and
// those that have acknowledged the view that calls them so.
std::vector<Uid> indirectly_connected(const Split& split);

struct SplitDecision {
  Verdict verdict = Verdict::down_unreachable;
  std::vector<Uid> indirectly_connected;
  std::vector<Uid> to_down;
};

// Indirectly connected members go down first, all of the cluster with them where they are at least
// `down_all_ratio` of the counted members; the strategy decides on the rest.
SplitDecision decide(const DowningStrategy& strategy, const Split& split, double down_all_ratio);

}  // namespace shoal::cluster
