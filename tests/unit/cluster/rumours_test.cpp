// Goal: news is told as often as the formula says, the least told first, and anew when there is more of it.
// Method: by hand.

#include "cluster/rumours.hpp"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

std::vector<Uid> tell(Rumours& rumours, std::size_t room) {
  std::vector<Uid> told;
  rumours.tell(3, [&](Uid uid) {
    if (told.size() == room) return false;
    told.push_back(uid);
    return true;
  });
  return told;
}

TEST(RumoursTest, TheLeastToldComesFirstAndEachEnds) {
  Rumours rumours(2);
  rumours.add(Uid{1});
  rumours.add(Uid{2});
  EXPECT_EQ(tell(rumours, 1), std::vector<Uid>{Uid{1}});
  EXPECT_EQ(tell(rumours, 1), std::vector<Uid>{Uid{2}});
  EXPECT_EQ(tell(rumours, 2).size(), 2U);
  EXPECT_EQ(tell(rumours, 2).size(), 2U);
  EXPECT_TRUE(rumours.empty());
}

TEST(RumoursTest, MoreNewsOfAMemberIsToldAnew) {
  Rumours rumours(2);
  rumours.add(Uid{1});
  tell(rumours, 1);
  tell(rumours, 1);
  rumours.add(Uid{1});
  EXPECT_EQ(rumours.size(), 1U);
  for (int times = 0; times < 3; ++times) EXPECT_EQ(tell(rumours, 1).size(), 1U);
  EXPECT_TRUE(rumours.empty());
}

TEST(RumoursTest, TooMuchToTellIsDropped) {
  Rumours rumours(2);
  for (const std::uint64_t uid : {1U, 2U, 1U}) rumours.add(Uid{uid});
  EXPECT_EQ(rumours.size(), 2U);
  rumours.add(Uid{3});
  EXPECT_TRUE(rumours.empty());
  rumours.add(Uid{3});
  EXPECT_EQ(tell(rumours, 1), std::vector<Uid>{Uid{3}});
}

TEST(RumoursTest, TellingsGrowWithTheLogarithmOfTheCluster) {
  EXPECT_EQ(tellings_of(4, 9), 4U);
  EXPECT_EQ(tellings_of(4, 999), 12U);
}

}  // namespace
}  // namespace shoal::cluster
