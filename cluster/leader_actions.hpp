#pragma once
// What the leader moves, as a pure function of an agreed view. All other nodes hear of it by gossip.
//
//   agreed on:      joining, weakly-up ─► up (in the order of addresses, each with the next up number), once
//   there
//                   are as many members as are asked for;  leaving ─► exiting;  exiting, down ─► removed
//   not agreed on:  joining ─► weakly-up, while an unreachable member has stood in the way for
//   `weakly_up_after_ms`

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/member_table.hpp"

namespace shoal::cluster {

struct MembersMin {
  std::uint32_t all = 1;
  std::map<std::string, std::uint32_t> of_role;
};

// The members as the leader wants them.
std::vector<Member> moves_of_agreed(const MemberTable& table, const MembersMin& members_min);
std::vector<Member> moves_to_weakly_up(const MemberTable& table);

}  // namespace shoal::cluster
