// Goal: nothing counts of which it is not clear that no newer claim stands before it. Method: every
// combination of what the owner may know.
#include "journal/offset_rule.hpp"

#include <gtest/gtest.h>

namespace shoal::journal {
namespace {

TEST(OffsetRuleTest, OnlyTheOffsetThatFollowsCountsUnseen) {
  for (std::int64_t previous = 0; previous < 20; ++previous) {
    EXPECT_EQ(judge(Offset(previous), std::nullopt), OffsetVerdict::look);
    for (std::int64_t offset = -1; offset < 25; ++offset) {
      EXPECT_EQ(judge(Offset(previous), Offset(offset)),
                offset == previous + 1 ? OffsetVerdict::counts : OffsetVerdict::look)
          << previous << " " << offset;
    }
  }
}

TEST(OffsetRuleTest, WhatALookHasSeenDecides) {
  for (const bool is_overtaken : {false, true}) {
    for (const bool is_found : {false, true}) {
      for (const bool is_at_end : {false, true}) {
        for (const int acknowledged : {-1, 4, 5, 6}) {
          Looked looked;
          looked.is_overtaken = is_overtaken;
          looked.is_found = is_found;
          looked.is_at_end = is_at_end;
          looked.next = Offset(5);
          if (acknowledged >= 0) looked.acknowledged = Offset(acknowledged);
          const bool is_to_come = acknowledged >= 5;
          const LookVerdict expected = is_overtaken               ? LookVerdict::overtaken
                                       : is_found                 ? LookVerdict::counts
                                       : is_at_end && !is_to_come ? LookVerdict::lost
                                                                  : LookVerdict::read_on;
          EXPECT_EQ(judge(looked), expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace shoal::journal
