// Goal: whatever the bytes, the JSON decoder gives a value or a DecodeError, within its bounds. Method:
// nesting up to and beyond the bound, in fields that are wanted and in fields that are skipped; every prefix
// of a text; every byte of it changed.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "shoal/json.hpp"

namespace {

struct Node {
  std::vector<Node> children;
  SHOAL_FIELDS(Node, children)
  SHOAL_DEFAULTED(Node, children)
};

struct Small {
  int number = 0;
  std::string text;
  std::vector<std::map<std::string, double>> list;
  SHOAL_FIELDS(Small, number, text, list)
};

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

template <class T>
bool decodes(const std::string& text) {
  try {
    shoal::decode<T>(shoal::json, text);
    return true;
  } catch (const shoal::DecodeError&) {
    return false;
  }
}

TEST(JsonLimits, TakesThirtyTwoLevelsAndNoMoreInASkippedField) {
  EXPECT_TRUE(decodes<Node>("{\"x\":" + repeated("[", 31) + repeated("]", 31) + "}"));
  EXPECT_FALSE(decodes<Node>("{\"x\":" + repeated("[", 32) + repeated("]", 32) + "}"));
  EXPECT_FALSE(decodes<Node>("{\"x\":" + repeated("{\"y\":", 32) + "1" + repeated("}", 32) + "}"));
}

TEST(JsonLimits, TakesThirtyTwoLevelsAndNoMoreInAWantedField) {
  const auto nested = [](int pairs) {  // two levels a pair
    return repeated("{\"children\":[", pairs) + repeated("]}", pairs);
  };
  EXPECT_TRUE(decodes<Node>(nested(16)));
  EXPECT_FALSE(decodes<Node>(nested(17)));
}

TEST(JsonLimits, RefusesToWriteWhatItWouldNotRead) {
  Node node;
  for (int i = 0; i < 15; ++i) node = Node{{node}};
  EXPECT_TRUE(decodes<Node>(shoal::encode(shoal::json, node)));
  EXPECT_THROW(shoal::encode(shoal::json, Node{{node}}), shoal::EncodeError);
}

TEST(JsonLimits, RefusesAMillionOpenBrackets) {
  EXPECT_FALSE(decodes<Node>(std::string(1'000'000, '[')));
  EXPECT_FALSE(decodes<Node>("{\"x\":" + std::string(1'000'000, '[')));
}

const std::string text =
    R"({"number": 1400.0, "text": "a\u00e9\"b", "list": [{"x": 1.5}, {}], "more": [null, true]})";

TEST(JsonLimits, RefusesEveryPrefix) {
  ASSERT_TRUE(decodes<Small>(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    // A copy of the prefix alone: reading beyond it is what a sanitizer finds.
    const std::vector<char> prefix(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decodes<Small>(std::string(prefix.begin(), prefix.end()))) << size;
  }
}

TEST(JsonLimits, RefusesWhatFollowsTheValue) {
  EXPECT_FALSE(decodes<Small>(text + "x"));
  EXPECT_FALSE(decodes<Small>(text + text));
  EXPECT_FALSE(decodes<Small>(text + '\0')) << "which the parser takes for the end";
  EXPECT_FALSE(decodes<Small>(text + '\0' + "x"));
  EXPECT_TRUE(decodes<Small>(text + " \n"));
}

TEST(JsonLimits, SurvivesEveryChangedByte) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[i] = static_cast<char>(byte);
      decodes<Small>(changed);
    }
  }
}

}  // namespace
