#include "cluster/watch_ring.hpp"

#include <algorithm>

#include "cluster/random.hpp"

namespace shoal::cluster {

void WatchRing::rebuild(const MemberTable& table) {
  places_.clear();
  for (const Member& member : table.members()) {
    const bool is_down = member.state == MemberState::down;
    const bool is_over = is_down || member.state == MemberState::exiting;
    places_.push_back(
        {mix(member.uid().value), member.uid(), !is_over && !member.health.is_unreachable(), !is_down});
  }
  std::sort(places_.begin(), places_.end(),
            [](const Place& left, const Place& right) { return left.hash < right.hash; });
}

std::size_t WatchRing::place_of(Uid uid) const {
  const auto place = std::lower_bound(places_.begin(), places_.end(), mix(uid.value),
                                      [](const Place& left, std::uint64_t hash) { return left.hash < hash; });
  return place != places_.end() && place->uid == uid ? static_cast<std::size_t>(place - places_.begin())
                                                     : places_.size();
}

std::vector<Uid> WatchRing::watched_by(Uid self, std::uint32_t watchers_max) const {
  std::vector<Uid> found;
  const std::size_t own = place_of(self);
  if (own == places_.size()) return found;
  std::uint32_t watchers_between = 0;
  for (std::size_t step = 1; step < places_.size() && watchers_between < watchers_max; ++step) {
    const Place& place = places_[(own + places_.size() - step) % places_.size()];
    if (place.is_watched) found.push_back(place.uid);
    if (place.can_watch) ++watchers_between;
  }
  return found;
}

std::vector<Uid> WatchRing::watchers_of(Uid subject, std::uint32_t watchers_max) const {
  std::vector<Uid> found;
  const std::size_t own = place_of(subject);
  if (own == places_.size()) return found;
  for (std::size_t step = 1; step < places_.size() && found.size() < watchers_max; ++step) {
    const Place& place = places_[(own + step) % places_.size()];
    if (place.can_watch) found.push_back(place.uid);
  }
  return found;
}

}  // namespace shoal::cluster
