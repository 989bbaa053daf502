#pragma once
// WatchRing: who watches whom. Members stand on a ring in the order of a hash of their uids; each is watched
// by the next `watchers_max` that can watch: neither unreachable nor on their way out. So each is watched by
// a bounded number, everybody computes the same from the same table, and those that fall silent are replaced
// by the next.
//
// Members that are unreachable are still watched, so that they can be told and refute; those that are down
// are not.

#include <cstdint>
#include <vector>

#include "cluster/member_table.hpp"

namespace shoal::cluster {

class WatchRing {
 public:
  // The table gained, lost or changed this member.
  void update(const MemberTable& table, Uid uid);

  // Whom `self` watches, nearest first.
  std::vector<Uid> watched_by(Uid self, std::uint32_t watchers_max) const;
  // Who watches `subject`, nearest first.
  std::vector<Uid> watchers_of(Uid subject, std::uint32_t watchers_max) const;

 private:
  struct Place {
    std::uint64_t hash;  // of the uid; no two uids have the same
    Uid uid;
    bool can_watch;
    bool is_watched;
  };

  // Where the uid stands or would stand; and whether it does.
  std::size_t rank_of(Uid uid) const;
  bool stands_at(std::size_t rank, Uid uid) const;

  std::vector<Place> places_;  // ascending hashes
};

}  // namespace shoal::cluster
