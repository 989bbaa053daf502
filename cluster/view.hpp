#pragma once
// What follows from a member table alone, and so is the same on every node that has the same table: the
// leader, the oldest, who must acknowledge, and whether an unreachable member stands in the way.

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/bits.hpp"
#include "cluster/member_table.hpp"

namespace shoal::cluster {

struct View {
  // Moves members from state to state once the view is agreed on: the lowest address among reachable members
  // that are up or leaving; where there is none (a cluster that forms) among those that join.
  std::optional<Uid> leader;
  // Whose acknowledgement convergence needs: reachable members that are up, leaving or exiting; where there
  // is no leader that is up, every reachable one.
  Bits required;
  // An unreachable member that is neither down nor exiting: nothing converges until it is back or down.
  bool is_blocked = false;
};

View view_of(const MemberTable& table);

// By the order in which members became up; of equal numbers (two sides that each gave one) by address.
// Members that are up or leaving, all of them or those with the role.
std::optional<Uid> oldest_of(const MemberTable& table, const std::string* role);

}  // namespace shoal::cluster
