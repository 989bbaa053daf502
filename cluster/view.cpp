#include "cluster/view.hpp"

#include <tuple>

namespace shoal::cluster {

namespace {

bool is_up_or_leaving(const Member& member) {
  return member.state == MemberState::up || member.state == MemberState::leaving;
}

bool is_arriving(const Member& member) { return member.state <= MemberState::weakly_up; }

template <class Eligible>
const Member* lowest_address(const MemberTable& table, Eligible is_eligible) {
  const Member* lowest = nullptr;
  for (const Member& member : table.members()) {
    if (member.health.is_unreachable() || !is_eligible(member)) continue;
    if (lowest == nullptr || member.profile->address < lowest->profile->address) lowest = &member;
  }
  return lowest;
}

bool is_older(const Member& left, const Member& right) {
  return std::tie(left.up_number, left.profile->address) < std::tie(right.up_number, right.profile->address);
}

}  // namespace

View view_of(const MemberTable& table) {
  View view;
  const Member* leader = lowest_address(table, is_up_or_leaving);
  const bool is_forming = leader == nullptr;
  if (is_forming) leader = lowest_address(table, is_arriving);
  if (leader != nullptr) view.leader = leader->uid();

  const auto& members = table.members();
  view.required = Bits(members.size());
  for (std::size_t rank = 0; rank < members.size(); ++rank) {
    const Member& member = members[rank];
    const bool is_over = member.state == MemberState::exiting || member.state == MemberState::down;
    if (member.health.is_unreachable()) {
      view.is_blocked = view.is_blocked || !is_over;
    } else if (is_up_or_leaving(member) || member.state == MemberState::exiting ||
               (is_forming && is_arriving(member))) {
      view.required.set(rank);
    }
  }
  return view;
}

std::optional<Uid> oldest_of(const MemberTable& table, const std::string* role) {
  const Member* oldest = nullptr;
  for (const Member& member : table.members()) {
    if (!is_up_or_leaving(member) || (role != nullptr && !member.profile->has_role(*role))) continue;
    if (oldest == nullptr || is_older(member, *oldest)) oldest = &member;
  }
  if (oldest == nullptr) return std::nullopt;
  return oldest->uid();
}

}  // namespace shoal::cluster
