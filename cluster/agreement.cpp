#include "cluster/agreement.hpp"

#include "shoal/base/assert.hpp"

namespace shoal::cluster {

void Agreement::begin(const MemberTable& table, Uid self, std::int64_t now_ms) {
  const auto rank = table.rank_of(self);
  SHOAL_ASSERT(rank.has_value());
  hash_ = table.view();
  view_ = view_of(table);
  acknowledged_ = Bits(table.members().size());
  acknowledged_.set(*rank);
  is_known_agreed_ = false;
  since_ms_ = now_ms;
}

bool Agreement::hear(std::uint64_t view, const Bits& acknowledged) {
  return view == hash_ && acknowledged_.add(acknowledged);
}

bool Agreement::hear_agreed(std::uint64_t view) {
  if (view != hash_ || is_acknowledged()) return false;
  is_known_agreed_ = true;
  return true;
}

}  // namespace shoal::cluster
