// Goal: JSON comes out on one line and otherwise as it was. Method: blanks everywhere, texts that look like
// structure.
#include "host/command/json_line.hpp"

#include <gtest/gtest.h>

namespace shoal::command {
namespace {

TEST(OnOneLine, TakesAwayBlanksBetweenValuesOnly) {
  EXPECT_EQ(on_one_line("{\n  \"a b\" : [ 1 ,\t2 ] ,\r\n \"c\":\"d  e\"\n}\n"),
            R"({"a b":[1,2],"c":"d  e"})");
}

TEST(OnOneLine, KeepsTextsWithQuotesAndBackslashes) {
  EXPECT_EQ(on_one_line(R"( "a \" b \\" , "c d" )"), R"("a \" b \\","c d")");
}

TEST(OnOneLine, KeepsNumbersDigitForDigit) {
  EXPECT_EQ(on_one_line("[18446744073709551616, 1.0, 1e400]"), "[18446744073709551616,1.0,1e400]");
}

}  // namespace
}  // namespace shoal::command
