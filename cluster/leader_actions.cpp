#include "cluster/leader_actions.hpp"

#include <algorithm>

namespace shoal::cluster {

namespace {

bool are_enough(const MemberTable& table, const MembersMin& members_min) {
  const auto count = [&](auto counts) {
    return std::count_if(table.members().begin(), table.members().end(), [&](const Member& member) {
      return member.state <= MemberState::leaving && counts(member);
    });
  };
  if (count([](const Member&) { return true; }) < members_min.all) return false;
  return std::all_of(members_min.of_role.begin(), members_min.of_role.end(), [&](const auto& entry) {
    return count([&](const Member& member) { return member.profile->has_role(entry.first); }) >= entry.second;
  });
}

bool is_arriving(const Member& member) {
  return member.state <= MemberState::weakly_up && !member.health.is_unreachable();
}

std::vector<Member> arrivals(const MemberTable& table) {
  std::vector<Member> found;
  std::copy_if(table.members().begin(), table.members().end(), std::back_inserter(found), is_arriving);
  std::sort(found.begin(), found.end(), [](const Member& left, const Member& right) {
    return left.profile->address < right.profile->address;
  });
  return found;
}

}  // namespace

std::vector<Member> moves_of_agreed(const MemberTable& table, const MembersMin& members_min) {
  std::vector<Member> moves;
  std::uint64_t last_number = 0;
  for (const Member& member : table.members()) {
    last_number = std::max(last_number, member.up_number);
    if (member.state < MemberState::leaving) continue;
    moves.push_back(member);
    moves.back().state = member.state == MemberState::leaving ? MemberState::exiting : MemberState::removed;
  }
  if (!are_enough(table, members_min)) return moves;
  for (Member& member : arrivals(table)) {
    member.state = MemberState::up;
    member.up_number = ++last_number;
    moves.push_back(std::move(member));
  }
  return moves;
}

std::vector<Member> moves_to_weakly_up(const MemberTable& table) {
  std::vector<Member> moves = arrivals(table);
  std::erase_if(moves, [](const Member& member) { return member.state == MemberState::weakly_up; });
  for (Member& member : moves) member.state = MemberState::weakly_up;
  return moves;
}

}  // namespace shoal::cluster
