// Goal: each strategy keeps the side it says, two sides never both go on, and the record says why. Method:
// tables of splits, each decided from both of its sides; then every split of small clusters; then the wait
// for a stable split by hand-made times.

#include "cluster/downing_strategy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cluster/downing.hpp"

namespace shoal::cluster {
namespace {

// A letter a member, by address and age: U up, L leaving, J joining, W weakly-up; lower case is unreachable.
Split split_of(const std::string& letters) {
  Split split;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    const bool is_reachable = letter < 'a';
    const std::map<char, MemberState> states = {{'U', MemberState::up},
                                                {'L', MemberState::leaving},
                                                {'J', MemberState::joining},
                                                {'W', MemberState::weakly_up}};
    const MemberState state = states.at(is_reachable ? letter : static_cast<char>(letter - 'a' + 'A'));
    split.push_back({.uid = Uid{i + 1},
                     .address = "10.0.0." + std::to_string(i) + ":7000",
                     .state = state,
                     .up_number = state >= MemberState::up ? i + 1 : 0,
                     .is_reachable = is_reachable});
  }
  return split;
}

Split from_other_side(Split split) {
  for (SplitMember& member : split) member.is_reachable = !member.is_reachable;
  return split;
}

struct Row {
  const char* split;
  Verdict here;
  Verdict there;
};

constexpr Verdict on = Verdict::down_unreachable;
constexpr Verdict off = Verdict::down_reachable;
constexpr Verdict all = Verdict::down_all;

void expect_rows(const DowningStrategy& strategy, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Split split = split_of(row.split);
    EXPECT_STREQ(name_of(decide(strategy, split, 0.5).verdict), name_of(row.here)) << row.split;
    EXPECT_STREQ(name_of(decide(strategy, from_other_side(split), 0.5).verdict), name_of(row.there))
        << row.split;
  }
}

TEST(DowningStrategyTest, KeepMajority) {
  expect_rows(*keep_majority(), {{"UUUuu", on, off},
                                 {"uuUUU", on, off},
                                 {"UUuu", on, off},  // a tie: the lowest address
                                 {"uuUU", off, on},
                                 {"UUUuujj", off, off},  // the other side may have made it up
                                 {"UUUuuJ", on, off},
                                 {"uLUUu", off, off},  // this side's leaving one may be gone
                                 {"UUUUuuj", on, off}});
}

TEST(DowningStrategyTest, StaticQuorum) {
  expect_rows(*static_quorum(3), {{"UUUuu", on, off},
                                  {"UUuu", off, off},
                                  {"UUUuuu", all, all},
                                  {"UUUu", on, off},
                                  {"UUUuuj", off, off}});
}

TEST(DowningStrategyTest, KeepOldest) {
  expect_rows(*keep_oldest(true), {{"UUuuu", on, off}, {"Uuuuu", off, on}, {"UUUu", on, off}});
  expect_rows(*keep_oldest(false), {{"Uuuuu", on, off}, {"uUUUU", off, on}});
}

TEST(DowningStrategyTest, DownAll) { expect_rows(*down_all(), {{"UUUu", all, all}}); }

TEST(DowningStrategyTest, NoTwoSidesGoOnHoweverTheClusterSplits) {
  const auto strategies = [] {
    std::vector<std::unique_ptr<DowningStrategy>> made;
    made.push_back(keep_majority());
    made.push_back(static_quorum(4));
    made.push_back(keep_oldest(true));
    made.push_back(keep_oldest(false));
    return made;
  }();
  const std::string letters = "ULJulj";
  for (std::uint32_t code = 0; code < 6 * 6 * 6 * 6 * 6 * 6; ++code) {
    std::string text;
    for (std::uint32_t rest = code, i = 0; i < 6; ++i, rest /= 6) text += letters[rest % 6];
    const Split split = split_of(text);
    for (const auto& strategy : strategies) {
      const bool here = decide(*strategy, split, 0.5).verdict == on;
      const bool there = decide(*strategy, from_other_side(split), 0.5).verdict == on;
      const bool is_split =
          std::any_of(split.begin(), split.end(), [](const auto& m) { return m.is_reachable; }) &&
          std::any_of(split.begin(), split.end(), [](const auto& m) { return !m.is_reachable; });
      ASSERT_FALSE(is_split && here && there) << strategy->name() << " " << text;
    }
  }
}

TEST(DowningStrategyTest, MembersThatAccuseEachOtherGoDownAndTheRestIsDecided) {
  Split split = split_of("UUUUuuu");
  split[4].accusers.insert(Uid{6});
  split[5].accusers.insert(Uid{5});
  split[6].accusers.insert(Uid{1});
  const SplitDecision decision = decide(*keep_majority(), split, 0.5);
  EXPECT_EQ(decision.indirectly_connected, (std::vector<Uid>{Uid{5}, Uid{6}}));
  EXPECT_EQ(decision.to_down, (std::vector<Uid>{Uid{5}, Uid{6}, Uid{7}}));
  EXPECT_EQ(decide(*keep_majority(), split, 0.2).verdict, all) << "as many as the ratio";
}

class DowningTest : public testing::Test {
 protected:
  void put(std::uint64_t uid, bool is_unreachable, std::int64_t now_ms) {
    auto profile = std::make_shared<const Profile>(
        Profile{"n", "10.0.0." + std::to_string(uid) + ":7000", Uid{uid}, {}});
    Member member{.profile = std::move(profile), .state = MemberState::up, .up_number = uid, .health = {}};
    member.health.unreachable_through = is_unreachable ? 1 : 0;
    table.merge({std::move(member), 0}, now_ms);
    downing.view_changed(table, now_ms);
  }

  MemberTable table{1'000'000};
  Downing downing{{}, keep_majority()};
};

TEST_F(DowningTest, DecidesOnceTheSplitHasStoodStill) {
  for (std::uint64_t uid = 1; uid <= 3; ++uid) put(uid, false, 0);
  EXPECT_EQ(downing.tick(table, {}, 100'000), nullptr);
  put(3, true, 100'000);
  EXPECT_EQ(downing.wakeup_ms(), 120'000);
  EXPECT_EQ(downing.tick(table, {}, 119'999), nullptr);
  const DowningRecord* record = downing.tick(table, {}, 120'000);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->decision.to_down, std::vector<Uid>{Uid{3}});
  EXPECT_EQ(record->split.size(), 3U);
  EXPECT_EQ(record->strategy, "keep-majority");
  EXPECT_EQ(downing.records().size(), 1U);
}

TEST_F(DowningTest, DownsAllWhereItNeverStandsStill) {
  for (std::uint64_t uid = 1; uid <= 9; ++uid) put(uid, false, 0);
  for (std::uint64_t uid = 6; uid <= 9; ++uid) {
    put(uid, true, static_cast<std::int64_t>(uid) * 10'000);
    EXPECT_EQ(downing.tick(table, {}, static_cast<std::int64_t>(uid) * 10'000), nullptr);
  }
  const DowningRecord* record = downing.tick(table, {}, 60'000 + 35'000);
  ASSERT_NE(record, nullptr);
  EXPECT_TRUE(record->was_unstable);
  EXPECT_EQ(record->decision.to_down.size(), 9U);
}

}  // namespace
}  // namespace shoal::cluster
