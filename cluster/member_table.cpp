#include "cluster/member_table.hpp"

#include <algorithm>

#include "cluster/random.hpp"

namespace shoal::cluster {

MemberTable::Change MemberTable::merge(const Record& told, std::int64_t now_ms) {
  const Uid uid = told.member.uid();
  if (is_removed(uid)) return {};
  if (told.member.state == MemberState::removed) return bury(told, now_ms);
  const std::size_t place = place_of(uid);
  if (!stands_at(place, uid)) {
    add_hashes(told.member);
    members_.insert(members_.begin() + static_cast<std::ptrdiff_t>(place), told.member);
    uids_.insert(uids_.begin() + static_cast<std::ptrdiff_t>(place), uid);
    return {.news = true, .view_changed = true, .was = std::nullopt, .was_unreachable = false};
  }
  Member& known = members_[place];
  Change change{.news = false,
                .view_changed = false,
                .was = known.state,
                .was_unreachable = known.health.is_unreachable()};
  const Member before = known;
  change.news = cluster::merge(known, told.member);
  if (!change.news) return change;
  const std::uint64_t view_before = view_;
  take_hashes(before);
  add_hashes(known);
  change.view_changed = view_ != view_before;
  return change;
}

MemberTable::Change MemberTable::bury(const Record& told, std::int64_t now_ms) {
  if (told.removed_age_ms >= tombstone_ms_) return {};
  const Uid uid = told.member.uid();
  Change change{.news = true, .view_changed = false, .was = std::nullopt, .was_unreachable = false};
  const std::size_t place = place_of(uid);
  if (stands_at(place, uid)) {
    const Member& known = members_[place];
    change.view_changed = true;
    change.was = known.state;
    change.was_unreachable = known.health.is_unreachable();
    take_hashes(known);
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(place));
    uids_.erase(uids_.begin() + static_cast<std::ptrdiff_t>(place));
  }
  Member removed{.profile = told.member.profile, .state = MemberState::removed, .up_number = 0, .health = {}};
  tombstones_.emplace(uid, Tombstone{std::move(removed), now_ms - told.removed_age_ms});
  return change;
}

void MemberTable::prune(std::int64_t now_ms) {
  std::erase_if(tombstones_,
                [&](const auto& entry) { return now_ms - entry.second.removed_ms >= tombstone_ms_; });
}

const Member* MemberTable::find(Uid uid) const {
  const auto rank = rank_of(uid);
  return rank ? &members_[*rank] : nullptr;
}

const Member* MemberTable::find_address(const std::string& address) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.profile->address == address; });
  return found == members_.end() ? nullptr : &*found;
}

std::optional<std::size_t> MemberTable::rank_of(Uid uid) const {
  const std::size_t place = place_of(uid);
  return stands_at(place, uid) ? std::optional(place) : std::nullopt;
}

std::optional<Record> MemberTable::record_of(Uid uid, std::int64_t now_ms) const {
  if (const Member* member = find(uid)) return Record{*member, 0};
  const auto tombstone = tombstones_.find(uid);
  if (tombstone == tombstones_.end()) return std::nullopt;
  return Record{tombstone->second.member, now_ms - tombstone->second.removed_ms};
}

std::vector<Record> MemberTable::removed(std::int64_t now_ms) const {
  std::vector<Record> found;
  for (const auto& [uid, tombstone] : tombstones_) {
    found.push_back({tombstone.member, now_ms - tombstone.removed_ms});
  }
  return found;
}

MemberTable::UidsOfBuckets MemberTable::uids_of_buckets(std::uint64_t mask) const {
  UidsOfBuckets found;
  const auto add = [&](Uid uid) {
    const std::size_t bucket = bucket_of(uid);
    if ((mask >> bucket & 1) != 0) found[bucket].push_back(uid);
  };
  for (const Member& member : members_) add(member.uid());
  for (const auto& [uid, tombstone] : tombstones_) add(uid);
  return found;
}

std::size_t MemberTable::bucket_of(Uid uid) { return mix(uid.value) % bucket_count; }

std::size_t MemberTable::place_of(Uid uid) const {
  return static_cast<std::size_t>(std::lower_bound(uids_.begin(), uids_.end(), uid) - uids_.begin());
}

void MemberTable::add_hashes(const Member& member) {
  const std::uint64_t content = content_hash(member);
  content_ += content;
  buckets_[bucket_of(member.uid())] += content;
  view_ += view_hash(member);
}

void MemberTable::take_hashes(const Member& member) {
  const std::uint64_t content = content_hash(member);
  content_ -= content;
  buckets_[bucket_of(member.uid())] -= content;
  view_ -= view_hash(member);
}

}  // namespace shoal::cluster
