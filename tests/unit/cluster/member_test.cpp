// Goal: two pieces of knowledge of a member become one whatever the order, the grouping and the repetition.
// Method: random members by seed against the laws of a join semilattice, then the rules of each field by
// hand.

#include "cluster/member.hpp"

#include <gtest/gtest.h>

#include "cluster/random.hpp"

namespace shoal::cluster {
namespace {

std::shared_ptr<const Profile> profile() {
  static const auto one = std::make_shared<const Profile>(Profile{"a", "10.0.0.1:7000", Uid{7}, {"web"}});
  return one;
}

Member random_member(Random& random) {
  Member member{.profile = profile(), .state = MemberState(random.below(7)), .up_number = 0, .health = {}};
  if (member.state == MemberState::removed) return member;
  member.up_number = random.below(4);
  member.health.refutation = static_cast<std::uint32_t>(random.below(3));
  member.health.unreachable_through = static_cast<std::uint32_t>(random.below(4));
  for (std::uint64_t count = random.below(6); count > 0; --count) {
    member.health.accusers.insert(Uid{1 + random.below(9)});
  }
  return member;
}

Member joined(Member left, const Member& right) {
  merge(left, right);
  return left;
}

bool are_equal(const Member& left, const Member& right) {
  return left.state == right.state && left.up_number == right.up_number && left.health == right.health;
}

TEST(MemberTest, MergeIsAJoin) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Random random(seed);
    const Member a = random_member(random);
    const Member b = random_member(random);
    const Member c = random_member(random);
    ASSERT_TRUE(are_equal(joined(a, b), joined(b, a))) << "commutative, seed " << seed;
    ASSERT_TRUE(are_equal(joined(joined(a, b), c), joined(a, joined(b, c)))) << "associative, seed " << seed;
    ASSERT_TRUE(are_equal(joined(a, a), a)) << "idempotent, seed " << seed;
  }
}

TEST(MemberTest, MergeSaysWhetherItWasNews) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    Random random(seed);
    const Member before = random_member(random);
    Member after = before;
    const bool news = merge(after, random_member(random));
    ASSERT_EQ(news, !are_equal(before, after)) << "seed " << seed;
    ASSERT_EQ(news, content_hash(before) != content_hash(after)) << "seed " << seed;
  }
}

TEST(MemberTest, StatesOnlyMoveForward) {
  Member member{.profile = profile(), .state = MemberState::leaving, .up_number = 3, .health = {}};
  EXPECT_FALSE(merge(member, {.profile = profile(), .state = MemberState::up, .up_number = 3, .health = {}}));
  EXPECT_EQ(member.state, MemberState::leaving);
}

TEST(MemberTest, AHigherRefutationVoidsAccusationsAndReachability) {
  Member accused{.profile = profile(), .state = MemberState::up, .up_number = 1, .health = {}};
  accused.health.accusers.insert(Uid{1});
  accused.health.unreachable_through = 1;
  EXPECT_TRUE(accused.health.is_unreachable());
  Member refuted = accused;
  refuted.health = {.refutation = 1, .unreachable_through = 1, .accusers = {}};
  EXPECT_TRUE(merge(accused, refuted));
  EXPECT_FALSE(accused.health.is_suspect());
  EXPECT_FALSE(accused.health.is_unreachable());
  EXPECT_NE(view_hash(accused), 0U);
}

TEST(MemberTest, ASuspicionAndItsRefutationLeaveTheViewAsItWas) {
  Member member{.profile = profile(), .state = MemberState::up, .up_number = 1, .health = {}};
  const std::uint64_t before = view_hash(member);
  member.health.accusers.insert(Uid{1});
  EXPECT_EQ(view_hash(member), before);
  member.health = {.refutation = 1, .unreachable_through = 0, .accusers = {}};
  EXPECT_EQ(view_hash(member), before);
}

TEST(MemberTest, KeepsTheSmallestAccusers) {
  Accusers accusers;
  for (const std::uint64_t uid : {9U, 2U, 7U, 2U, 8U, 1U}) accusers.insert(Uid{uid});
  EXPECT_EQ(std::vector<Uid>(accusers.begin(), accusers.end()),
            (std::vector<Uid>{Uid{1}, Uid{2}, Uid{7}, Uid{8}}));
}

}  // namespace
}  // namespace shoal::cluster
