// Goal: a typing mistake finds the key that was meant, another word finds none. Method: examples of each
// mistake.
#include "host/config/suggestion.hpp"

#include <gtest/gtest.h>

namespace shoal::config {
namespace {

const std::vector<std::string> names = {"name", "data_dir", "lanes", "management_port", "lane_spin_us"};

TEST(Nearest, FindsEachKindOfMistake) {
  EXPECT_EQ(nearest("lane", names), "lanes");                      // missing
  EXPECT_EQ(nearest("laness", names), "lanes");                    // too many
  EXPECT_EQ(nearest("lames", names), "lanes");                     // replaced
  EXPECT_EQ(nearest("lnaes", names), "lanes");                     // swapped
  EXPECT_EQ(nearest("managment_prot", names), "management_port");  // several in a long word
}

TEST(Nearest, FindsNothingFarAway) {
  EXPECT_EQ(nearest("threads", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("xy", names), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), names), "");
}

TEST(Nearest, TakesTheFirstOfEquals) { EXPECT_EQ(nearest("ac", {"aa", "ab"}), "aa"); }

}  // namespace
}  // namespace shoal::config
