#pragma once
// Agreement: which members are known to have held the view that this node holds now.
//
// A view is named by its hash; who holds it sets its own bit, and sets of bits over one view grow together,
// by gossip, to all. A table only moves forward, so a view does not come back and a bit never has to be taken
// away. Members whose bit is set have held at least what this node holds: that is all the leader needs to
// know before it moves somebody.

#include <cstdint>

#include "cluster/view.hpp"

namespace shoal::cluster {

class Agreement {
 public:
  // This node holds another view now. Requires: `self` is a member of the table.
  void begin(const MemberTable& table, Uid self, std::int64_t now_ms);

  // What another node says of its view. True where this node learned something.
  bool hear(std::uint64_t view, const Bits& acknowledged);
  // Another node knows that its view is agreed on; where it is ours, so is ours.
  bool hear_agreed(std::uint64_t view);

  const View& view() const { return view_; }
  const Bits& acknowledged() const { return acknowledged_; }
  // All that must have, have acknowledged the view. It may still be blocked by an unreachable member.
  bool is_acknowledged() const { return is_known_agreed_ || acknowledged_.contains(view_.required); }
  bool is_agreed() const { return !view_.is_blocked && is_acknowledged(); }
  std::int64_t since_ms() const { return since_ms_; }  // since when the view is held

 private:
  std::uint64_t hash_ = 0;
  View view_;
  Bits acknowledged_;
  bool is_known_agreed_ = false;
  std::int64_t since_ms_ = 0;
};

}  // namespace shoal::cluster
