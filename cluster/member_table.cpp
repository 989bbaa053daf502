#include "cluster/member_table.hpp"

#include <algorithm>

#include "cluster/random.hpp"

namespace shoal::cluster {

namespace {

bool is_before(const Member& member, Uid uid) { return member.uid() < uid; }

}  // namespace

MemberTable::Change MemberTable::merge(const Record& told, std::int64_t now_ms) {
  const Uid uid = told.member.uid();
  if (is_removed(uid)) return {};
  if (told.member.state == MemberState::removed) return bury(told, now_ms);
  const auto place = place_of(uid);
  if (place == members_.end() || place->uid() != uid) {
    add_hashes(told.member);
    members_.insert(place, told.member);
    return {.news = true, .view_changed = true, .was = std::nullopt, .was_unreachable = false};
  }
  const std::uint64_t view_before = view_;
  Change change{.news = false,
                .view_changed = false,
                .was = place->state,
                .was_unreachable = place->health.is_unreachable()};
  take_hashes(*place);
  change.news = cluster::merge(*place, told.member);
  add_hashes(*place);
  change.view_changed = view_ != view_before;
  return change;
}

MemberTable::Change MemberTable::bury(const Record& told, std::int64_t now_ms) {
  if (told.removed_age_ms >= tombstone_ms_) return {};
  const Uid uid = told.member.uid();
  Change change{.news = true, .view_changed = false, .was = std::nullopt, .was_unreachable = false};
  const auto place = place_of(uid);
  if (place != members_.end() && place->uid() == uid) {
    change.view_changed = true;
    change.was = place->state;
    change.was_unreachable = place->health.is_unreachable();
    take_hashes(*place);
    members_.erase(place);
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
  const auto place = std::lower_bound(members_.begin(), members_.end(), uid, is_before);
  if (place == members_.end() || place->uid() != uid) return std::nullopt;
  return static_cast<std::size_t>(place - members_.begin());
}

std::optional<Record> MemberTable::record_of(Uid uid, std::int64_t now_ms) const {
  if (const Member* member = find(uid)) return Record{*member, 0};
  const auto tombstone = tombstones_.find(uid);
  if (tombstone == tombstones_.end()) return std::nullopt;
  return Record{tombstone->second.member, now_ms - tombstone->second.removed_ms};
}

std::vector<Uid> MemberTable::uids_of_buckets(std::uint64_t mask) const {
  std::vector<Uid> found;
  const auto is_asked = [mask](Uid uid) { return (mask >> bucket_of(uid) & 1) != 0; };
  for (const Member& member : members_) {
    if (is_asked(member.uid())) found.push_back(member.uid());
  }
  for (const auto& [uid, tombstone] : tombstones_) {
    if (is_asked(uid)) found.push_back(uid);
  }
  return found;
}

std::size_t MemberTable::bucket_of(Uid uid) { return mix(uid.value) % bucket_count; }

std::vector<Member>::iterator MemberTable::place_of(Uid uid) {
  return std::lower_bound(members_.begin(), members_.end(), uid, is_before);
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
