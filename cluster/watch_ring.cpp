#include "cluster/watch_ring.hpp"

#include <algorithm>

#include "cluster/random.hpp"

namespace shoal::cluster {

void WatchRing::update(const MemberTable& table, Uid uid) {
  const std::size_t rank = rank_of(uid);
  const auto place = places_.begin() + static_cast<std::ptrdiff_t>(rank);
  const Member* member = table.find(uid);
  if (member == nullptr) {
    if (stands_at(rank, uid)) places_.erase(place);
    return;
  }
  const bool is_down = member->state == MemberState::down;
  const bool is_over = is_down || member->state == MemberState::exiting;
  const Place now{mix(uid.value), uid, !is_over && !member->health.is_unreachable(), !is_down};
  if (stands_at(rank, uid)) {
    *place = now;
  } else {
    places_.insert(place, now);
  }
}

std::size_t WatchRing::rank_of(Uid uid) const {
  const auto place = std::lower_bound(places_.begin(), places_.end(), mix(uid.value),
                                      [](const Place& left, std::uint64_t hash) { return left.hash < hash; });
  return static_cast<std::size_t>(place - places_.begin());
}

bool WatchRing::stands_at(std::size_t rank, Uid uid) const {
  return rank < places_.size() && places_[rank].uid == uid;
}

std::vector<Uid> WatchRing::watched_by(Uid self, std::uint32_t watchers_max) const {
  std::vector<Uid> found;
  const std::size_t own = rank_of(self);
  if (!stands_at(own, self)) return found;
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
  const std::size_t own = rank_of(subject);
  if (!stands_at(own, subject)) return found;
  for (std::size_t step = 1; step < places_.size() && found.size() < watchers_max; ++step) {
    const Place& place = places_[(own + step) % places_.size()];
    if (place.can_watch) found.push_back(place.uid);
  }
  return found;
}

}  // namespace shoal::cluster
