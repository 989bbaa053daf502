// Goal: columns line up and no cell can steer a terminal. Method: cells of different width, wide letters,
// controls.
#include "host/command/text_table.hpp"

#include <gtest/gtest.h>

namespace shoal::command {
namespace {

TEST(ToTable, AlignsColumns) {
  EXPECT_EQ(to_table({{"NAME", "N"}, {"a", "10"}, {"longer", "1"}}), "NAME    N\na       10\nlonger  1\n");
}

TEST(ToTable, CountsCodePointsNotBytes) { EXPECT_EQ(to_table({{"é", "x"}, {"ab", "y"}}), "é   x\nab  y\n"); }

TEST(ToTable, ReplacesControlCharacters) { EXPECT_EQ(to_table({{"a\x1b[31m\n\x7f", "b"}}), "a?[31m??  b\n"); }

TEST(ToTable, OfNothingIsNothing) { EXPECT_EQ(to_table({}), ""); }

TEST(FirstColumns, CountsCodePoints) {
  EXPECT_EQ(first_columns("abc", 2), "ab");
  EXPECT_EQ(first_columns("abc", 3), "abc");
  EXPECT_EQ(first_columns("abc", 9), "abc");
  EXPECT_EQ(first_columns("abc", 0), "");
  EXPECT_EQ(first_columns("\xc3\xa9\xc2\xb5s", 2), "\xc3\xa9\xc2\xb5");
}

}  // namespace
}  // namespace shoal::command
