// Goal: tables that hear the same news, in any order, end the same; what follows from a table (leader,
// oldest, who must acknowledge, what the leader moves, who watches whom) follows the rules. Method: shuffled
// news by seed, then tables by hand.

#include "cluster/member_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cluster/agreement.hpp"
#include "cluster/leader_actions.hpp"
#include "cluster/random.hpp"
#include "cluster/view.hpp"
#include "cluster/watch_ring.hpp"

namespace shoal::cluster {
namespace {

constexpr std::int64_t day_ms = 24 * 3'600'000;

Record record(std::uint64_t uid, MemberState state, std::uint64_t up_number = 0) {
  auto profile = std::make_shared<const Profile>(
      Profile{"node-" + std::to_string(uid), "10.0.0." + std::to_string(uid) + ":7000", Uid{uid}, {}});
  return {Member{.profile = std::move(profile), .state = state, .up_number = up_number, .health = {}}, 0};
}

Record unreachable(Record of) {
  of.member.health.unreachable_through = of.member.health.refutation + 1;
  return of;
}

MemberTable table_of(const std::vector<Record>& records) {
  MemberTable table(day_ms);
  for (const Record& each : records) table.merge(each, 0);
  return table;
}

TEST(MemberTableTest, NewsInAnyOrderGivesOneTable) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    std::vector<Record> news;
    for (int count = 0; count < 40; ++count) {
      const auto state = MemberState(random.below(7));
      news.push_back(record(1 + random.below(8), state, state == MemberState::removed ? 0 : random.below(3)));
      if (state != MemberState::removed && random.below(3) == 0) news.back() = unreachable(news.back());
    }
    const MemberTable first = table_of(news);
    random.shuffle(news);
    const MemberTable second = table_of(news);
    ASSERT_EQ(first.content(), second.content()) << "seed " << seed;
    ASSERT_EQ(first.view(), second.view()) << "seed " << seed;
    ASSERT_EQ(first.buckets(), second.buckets()) << "seed " << seed;
    ASSERT_EQ(first.members().size(), second.members().size()) << "seed " << seed;
  }
}

TEST(MemberTableTest, ARemovedIncarnationStaysAwayUntilItsTombstoneIsOld) {
  MemberTable table(day_ms);
  table.merge(record(1, MemberState::up, 1), 0);
  EXPECT_EQ(table.merge(record(1, MemberState::removed), 10).was, MemberState::up);
  EXPECT_FALSE(table.merge(record(1, MemberState::up, 1), 20).news);
  table.prune(10 + day_ms - 1);
  EXPECT_TRUE(table.is_removed(Uid{1}));
  EXPECT_EQ(table.record_of(Uid{1}, 1'010)->removed_age_ms, 1'000);
  table.prune(10 + day_ms);
  EXPECT_FALSE(table.is_removed(Uid{1}));
}

TEST(MemberTableTest, TombstonesDoNotKeepEachOtherAlive) {
  MemberTable table(day_ms);
  Record old = record(1, MemberState::removed);
  old.removed_age_ms = day_ms;
  EXPECT_FALSE(table.merge(old, 0).news);
  EXPECT_FALSE(table.is_removed(Uid{1}));
}

TEST(ViewTest, TheLeaderIsTheLowestReachableAddressThatIsUpOrLeaving) {
  EXPECT_EQ(view_of(table_of({record(1, MemberState::joining), record(2, MemberState::up, 1)})).leader,
            Uid{2});
  EXPECT_EQ(
      view_of(table_of({unreachable(record(1, MemberState::up, 1)), record(2, MemberState::leaving, 2)}))
          .leader,
      Uid{2});
  EXPECT_EQ(view_of(table_of({record(1, MemberState::joining)})).leader, Uid{1});
  EXPECT_EQ(view_of(table_of({record(1, MemberState::exiting, 1)})).leader, std::nullopt);
}

TEST(ViewTest, TheOldestIsTheFirstThatBecameUp) {
  const MemberTable table = table_of(
      {record(1, MemberState::up, 3), record(2, MemberState::up, 2), record(3, MemberState::exiting, 1)});
  EXPECT_EQ(oldest_of(table, nullptr), Uid{2});
  const std::string role = "web";
  EXPECT_EQ(oldest_of(table, &role), std::nullopt);
}

TEST(AgreementTest, NeedsEveryReachableMemberThatIsUp) {
  const MemberTable table = table_of({record(1, MemberState::up, 1), record(2, MemberState::up, 2),
                                      record(3, MemberState::joining), record(4, MemberState::down, 3)});
  Agreement agreement;
  agreement.begin(table, Uid{1}, 0);
  EXPECT_FALSE(agreement.is_agreed());
  Bits second(table.members().size());
  second.set(*table.rank_of(Uid{2}));
  EXPECT_FALSE(agreement.hear(table.view() + 1, second)) << "of another view";
  EXPECT_TRUE(agreement.hear(table.view(), second));
  EXPECT_TRUE(agreement.is_agreed());
}

TEST(AgreementTest, AnUnreachableMemberStandsInTheWayUntilItIsDown) {
  const auto agreed_by_the_rest = [](MemberState state) {
    const MemberTable table = table_of({record(1, MemberState::up, 1), unreachable(record(2, state, 2))});
    Agreement agreement;
    agreement.begin(table, Uid{1}, 0);
    return agreement.is_agreed();
  };
  EXPECT_FALSE(agreed_by_the_rest(MemberState::up));
  EXPECT_FALSE(agreed_by_the_rest(MemberState::joining));
  EXPECT_TRUE(agreed_by_the_rest(MemberState::down));
}

TEST(LeaderActionsTest, MovesEachStateOneStepInTheOrderOfAddresses) {
  const MemberTable table = table_of({record(1, MemberState::up, 4), record(3, MemberState::weakly_up),
                                      record(2, MemberState::joining), record(5, MemberState::leaving, 2),
                                      record(6, MemberState::exiting, 3), record(7, MemberState::down, 1)});
  std::map<std::uint64_t, std::pair<MemberState, std::uint64_t>> moved;
  for (const Member& move : moves_of_agreed(table, {}))
    moved[move.uid().value] = {move.state, move.up_number};
  EXPECT_EQ(moved.size(), 5U);
  EXPECT_EQ(moved[2], std::pair(MemberState::up, std::uint64_t{5}));
  EXPECT_EQ(moved[3], std::pair(MemberState::up, std::uint64_t{6}));
  EXPECT_EQ(moved[5].first, MemberState::exiting);
  EXPECT_EQ(moved[6].first, MemberState::removed);
  EXPECT_EQ(moved[7].first, MemberState::removed);
}

TEST(LeaderActionsTest, WaitsForAsManyMembersAsAreAskedFor) {
  const MemberTable table = table_of({record(1, MemberState::joining), record(2, MemberState::joining)});
  EXPECT_TRUE(moves_of_agreed(table, {.all = 3, .of_role = {}}).empty());
  EXPECT_TRUE(moves_of_agreed(table, {.all = 2, .of_role = {{"web", 1}}}).empty());
  EXPECT_EQ(moves_of_agreed(table, {.all = 2, .of_role = {}}).size(), 2U);
}

TEST(WatchRingTest, EachMemberIsWatchedByTheSameBoundedNumber) {
  std::vector<Record> records;
  for (std::uint64_t uid = 1; uid <= 60; ++uid) records.push_back(record(uid, MemberState::up, uid));
  for (std::uint64_t uid = 1; uid <= 20; ++uid)
    records.push_back(unreachable(record(uid, MemberState::up, uid)));
  const MemberTable table = table_of(records);
  WatchRing ring;
  for (std::uint64_t uid = 1; uid <= 61; ++uid) ring.update(table, Uid{uid});
  for (std::uint64_t subject = 1; subject <= 60; ++subject) {
    const std::vector<Uid> watchers = ring.watchers_of(Uid{subject}, 5);
    EXPECT_EQ(watchers.size(), 5U);
    for (const Uid watcher : watchers) {
      EXPECT_GT(watcher, Uid{20}) << "an unreachable member watches";
      const std::vector<Uid> watched = ring.watched_by(watcher, 5);
      EXPECT_NE(std::find(watched.begin(), watched.end(), Uid{subject}), watched.end());
    }
  }
}

}  // namespace
}  // namespace shoal::cluster
