#pragma once
// Member: what a node knows of one incarnation of one node, and how two such pieces of knowledge become one.
//
// A member is a value of a join semilattice: `merge` is commutative, associative and idempotent, so that news
// may come in any order, twice, or by detours, and all nodes end with the same. Every field only moves
// forward:
//
//   joining ─► weakly-up ─► up ─► leaving ─► exiting ─► down ─► removed     steps may be left out
//
//   state                 the further one
//   up_number             the smaller one that is not 0
//   refutation, accusers  the higher refutation with its accusers; of equal ones all accusers, the smallest
//   uids unreachable_through   the higher one
//
// `removed` absorbs all else: a tombstone has no health and no up number.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shoal/base/ids.hpp"

namespace shoal::cluster {

// 64 random bits that a process draws when it starts: another start is another incarnation. 0 is nobody.
using Uid = StrongId<struct UidTag, std::uint64_t>;

enum class MemberState : std::uint8_t { joining, weakly_up, up, leaving, exiting, down, removed };

const char* name_of(MemberState state);

// What never changes in the life of an incarnation.
struct Profile {
  std::string name;
  std::string address;  // host:port, as others reach it
  Uid uid;
  std::vector<std::string> roles;

  bool has_role(const std::string& role) const;
};

// Who accuses an incarnation of not answering: at most `accusers_max`, the smallest uids of all that do.
class Accusers {
 public:
  static constexpr std::size_t accusers_max = 4;

  void insert(Uid accuser);
  bool contains(Uid accuser) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Uid* begin() const { return uids_.data(); }
  const Uid* end() const { return uids_.data() + size_; }
  friend bool operator==(const Accusers&, const Accusers&) = default;

 private:
  std::array<Uid, accusers_max> uids_{};  // ascending; unused ones are 0
  std::uint8_t size_ = 0;
};

// Whether an incarnation answers. It alone raises its refutation number, which voids what was said of lower
// ones.
struct Health {
  // No refutation outruns it: a quarantined incarnation is unreachable for good.
  static constexpr std::uint32_t quarantined = 0xffffffffU;

  std::uint32_t refutation = 0;
  std::uint32_t unreachable_through = 0;  // unreachable while the refutation number is below this
  Accusers accusers;                      // of this refutation number

  bool is_unreachable() const { return unreachable_through > refutation; }
  bool is_suspect() const { return !accusers.empty(); }
  friend bool operator==(const Health&, const Health&) = default;
};

struct Member {
  std::shared_ptr<const Profile> profile;  // never null
  MemberState state = MemberState::joining;
  std::uint64_t up_number = 0;  // given when it becomes up, in this order; 0 before
  Health health;

  Uid uid() const { return profile->uid; }
};

// Puts what `told` knows into `known`. True where that was news. Requires: both are of one incarnation.
bool merge(Member& known, const Member& told);

// A number for all that a record says, and one for what members must agree on before the leader acts: state,
// up number and reachability. A suspicion that is refuted leaves the second as it was.
std::uint64_t content_hash(const Member& member);
std::uint64_t view_hash(const Member& member);

}  // namespace shoal::cluster
