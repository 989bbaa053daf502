#pragma once
// MemberTable: every incarnation a node knows of. The living ones in the order of their uids, which is the
// order of the bits in acknowledgements; the removed ones as tombstones, so that late news cannot bring them
// back.
//
// Not thread safe; one a node. References and indices are valid until the next `merge`, `remove` or `prune`.
// Bounds: as many members as were admitted; a tombstone lives `tombstone_ms`.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::cluster {

// A member as it is told to others: a tombstone says how long ago it was made, since clocks of nodes differ.
struct Record {
  Member member;
  std::int64_t removed_age_ms = 0;
};

class MemberTable {
 public:
  static constexpr std::size_t bucket_count = 64;
  using Buckets = std::array<std::uint64_t, bucket_count>;
  using UidsOfBuckets = std::array<std::vector<Uid>, bucket_count>;

  // What a merge did to one member. `was` is empty where it was unknown.
  struct Change {
    bool news = false;
    bool view_changed = false;
    std::optional<MemberState> was;
    bool was_unreachable = false;
  };

  explicit MemberTable(std::int64_t tombstone_ms) : tombstone_ms_(tombstone_ms) {}

  Change merge(const Record& told, std::int64_t now_ms);
  // Forgets tombstones older than `tombstone_ms`.
  void prune(std::int64_t now_ms);

  const std::vector<Member>& members() const { return members_; }
  const Member* find(Uid uid) const;
  const Member* find_address(const std::string& address) const;
  // The place of a living member in `members()`, which is the number of its bit.
  std::optional<std::size_t> rank_of(Uid uid) const;
  bool is_removed(Uid uid) const { return tombstones_.contains(uid); }
  std::size_t removed_count() const { return tombstones_.size(); }
  std::vector<Record> removed(std::int64_t now_ms) const;
  // A living member or a tombstone, ready to be told.
  std::optional<Record> record_of(Uid uid, std::int64_t now_ms) const;
  // Whoever is in the buckets whose bit is set in `mask`, tombstones included.
  UidsOfBuckets uids_of_buckets(std::uint64_t mask) const;

  // Of the living members. Two nodes with equal hashes know the same; `view` is what must be agreed on.
  std::uint64_t content() const { return content_; }
  std::uint64_t view() const { return view_; }
  const Buckets& buckets() const { return buckets_; }
  static std::size_t bucket_of(Uid uid);

 private:
  struct Tombstone {
    Member member;
    std::int64_t removed_ms;
  };

  Change bury(const Record& told, std::int64_t now_ms);
  // Where the uid stands or would stand.
  std::size_t place_of(Uid uid) const;
  bool stands_at(std::size_t place, Uid uid) const { return place < uids_.size() && uids_[place] == uid; }
  void add_hashes(const Member& member);
  void take_hashes(const Member& member);

  std::int64_t tombstone_ms_;
  std::vector<Member> members_;          // ascending uids
  std::vector<Uid> uids_;                // the same, close together for looking up
  std::map<Uid, Tombstone> tombstones_;  // ordered, so that what is told of them has one order
  std::uint64_t content_ = 0;            // sums of the members' hashes
  std::uint64_t view_ = 0;
  Buckets buckets_{};
};

}  // namespace shoal::cluster
