#include "cluster/member.hpp"

#include <algorithm>

#include "cluster/random.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::cluster {

namespace {

bool merge_accusers(Accusers& known, const Accusers& told) {
  const Accusers before = known;
  for (const Uid accuser : told) known.insert(accuser);
  return !(known == before);
}

bool merge_health(Health& known, const Health& told) {
  bool news = false;
  if (told.refutation > known.refutation) {
    known.refutation = told.refutation;
    known.accusers = told.accusers;
    news = true;
  } else if (told.refutation == known.refutation) {
    news = merge_accusers(known.accusers, told.accusers);
  }
  if (told.unreachable_through > known.unreachable_through) {
    known.unreachable_through = told.unreachable_through;
    news = true;
  }
  return news;
}

}  // namespace

const char* name_of(MemberState state) {
  constexpr std::array<const char*, 7> names = {"joining", "weakly-up", "up",     "leaving",
                                                "exiting", "down",      "removed"};
  return names[static_cast<std::size_t>(state)];
}

bool Profile::has_role(const std::string& role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

void Accusers::insert(Uid accuser) {
  Uid* const place = std::lower_bound(uids_.data(), uids_.data() + size_, accuser);
  if (place == uids_.data() + accusers_max || (place != end() && *place == accuser)) return;
  if (size_ < accusers_max) ++size_;
  std::move_backward(place, uids_.data() + size_ - 1, uids_.data() + size_);
  *place = accuser;
}

bool Accusers::contains(Uid accuser) const { return std::find(begin(), end(), accuser) != end(); }

bool merge(Member& known, const Member& told) {
  SHOAL_ASSERT(known.uid() == told.uid());
  if (known.state == MemberState::removed) return false;
  if (told.state == MemberState::removed) {
    known = Member{.profile = known.profile, .state = MemberState::removed, .up_number = 0, .health = {}};
    return true;
  }
  bool news = merge_health(known.health, told.health);
  if (told.state > known.state) {
    known.state = told.state;
    news = true;
  }
  if (told.up_number != 0 && (known.up_number == 0 || told.up_number < known.up_number)) {
    known.up_number = told.up_number;
    news = true;
  }
  return news;
}

std::uint64_t content_hash(const Member& member) {
  std::uint64_t hash = mix(view_hash(member) ^ member.health.refutation);
  for (const Uid accuser : member.health.accusers) hash = mix(hash ^ accuser.value);
  return hash;
}

std::uint64_t view_hash(const Member& member) {
  std::uint64_t hash = mix(member.uid().value);
  hash = mix(hash ^ static_cast<std::uint64_t>(member.state));
  hash = mix(hash ^ member.up_number);
  const std::uint64_t unreachable = member.health.is_unreachable() ? 1 : 0;
  return mix(hash ^ (std::uint64_t{member.health.unreachable_through} << 1 | unreachable));
}

}  // namespace shoal::cluster
