// Goal: no JSON text from outside is built before it is bounded, and members keep their text. Method:
// examples.
#include "host/management/json_text.hpp"

#include <gtest/gtest.h>

namespace shoal::management {
namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonText, AcceptsOneValue) {
  for (const char* text : {"null", " 1.5e3 ", "\"[{\\\"\"", "{\"a\":[1,2,{}]}", "[]"}) {
    EXPECT_TRUE(check_json(text).has_value()) << text;
  }
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text :
       {"", "{", "{}{}", "nul", "{\"a\":}", "{'a':1}", "[1,]", "\"\xff\"", "1e999", "\"\n\"", "\\"}) {
    const auto result = check_json(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  }
}

TEST(JsonText, RefusesANulAndWhatFollowsIt) {
  EXPECT_FALSE(check_json(std::string("{}\0", 3)).has_value());
  EXPECT_FALSE(check_json(std::string("{}\0x", 4)).has_value());
}

TEST(JsonText, BoundsTheDepth) {
  EXPECT_TRUE(check_json(nested(json_depth_max)).has_value());
  EXPECT_FALSE(check_json(nested(json_depth_max + 1)).has_value());
  EXPECT_FALSE(check_json(std::string(1'000'000, '[')).has_value());
  EXPECT_TRUE(check_json("\"" + std::string(1'000, '[') + "\"").has_value())
      << "brackets in a string are text";
}

TEST(JsonText, MembersKeepTheirText) {
  const std::string text =
      " {\"a\" : 12345678901234567890.10 , \"b\\u0062\":{\"x\":[1, \"}\\\"\"]}, \"\":null,\"c\":\"]\" } ";
  const auto members = json_members(text);
  ASSERT_TRUE(members.has_value());
  ASSERT_EQ(members.value().size(), 4U);
  EXPECT_EQ(members.value()[0].name, "a");
  EXPECT_EQ(members.value()[0].value, "12345678901234567890.10");
  EXPECT_EQ(members.value()[1].name, "bb");
  EXPECT_EQ(members.value()[1].value, "{\"x\":[1, \"}\\\"\"]}");
  EXPECT_EQ(members.value()[2].name, "");
  EXPECT_EQ(members.value()[2].value, "null");
  EXPECT_EQ(members.value()[3].value, "\"]\"");
}

TEST(JsonText, MembersOfAnEmptyObject) {
  for (const char* text : {"{}", " { } "}) {
    const auto members = json_members(text);
    ASSERT_TRUE(members.has_value()) << text;
    EXPECT_TRUE(members.value().empty());
  }
}

TEST(JsonText, MembersRefuseOtherValuesAndTwins) {
  for (const char* text :
       {"[]", "1", "\"{}\"", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "", "\xef\xbb\xbf{}"}) {
    const auto members = json_members(text);
    ASSERT_FALSE(members.has_value()) << text;
    EXPECT_EQ(members.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace shoal::management
