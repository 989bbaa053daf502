// Goal: TOML goes in and out without a change of value, with the place of each. Method: round trips and
// broken texts.
#include "host/config/toml_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::config {
namespace {

TEST(ReadToml, KnowsThePlaceOfKeysAndValues) {
  const auto read = read_toml("[node]\n  lanes = 4\n", "a.toml");
  ASSERT_TRUE(read);
  const auto& node = std::get<Table>(std::get<Table>(read.value().data).at("node").data);
  EXPECT_EQ(to_text(node.at("lanes").key_origin), "a.toml:2:3");
  EXPECT_EQ(to_text(node.at("lanes").origin), "a.toml:2:11");
}

TEST(ReadToml, NamesThePlaceOfASyntaxError) {
  const auto read = read_toml("[node]\nlanes = = 4\n", "a.toml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::bad_config);
  EXPECT_THAT(read.error().message, testing::StartsWith("a.toml:2:9: "));
}

TEST(ReadToml, RefusesWhatComesTwiceAndWhatIsTooDeep) {
  EXPECT_FALSE(read_toml("a = 1\na = 2\n", "a.toml"));
  EXPECT_FALSE(read_toml("a = " + std::string(100'000, '['), "a.toml"));
}

TEST(ReadToml, RefusesLettersBeyondAsciiOutsideTexts) {
  for (const char* text : {"\xC3\xA9 = 1\n", "a = 1 \xC3\xA9\n", "\xEF\xB9\xBF"})
    EXPECT_FALSE(read_toml(text, "a.toml")) << text;
  EXPECT_TRUE(read_toml("a = \"\"\"\\\n  \xC3\xA9\"\"\"\n", "a.toml"));
}

TEST(ReadToml, RefusesATableWithoutAName) {
  for (const char* text : {"[", "[]", "[!", "[\n", "[[=]]"}) EXPECT_FALSE(read_toml(text, "a.toml")) << text;
  EXPECT_FALSE(read_toml(std::string_view{"[\0", 2}, "a.toml"));
}

TEST(ReadTomlValue, TakesOneValueOnly) {
  EXPECT_EQ(std::get<std::int64_t>(read_toml_value("5")->data), 5);
  EXPECT_EQ(std::get<std::string>(read_toml_value("\"5\"")->data), "5");
  EXPECT_TRUE(std::holds_alternative<Date>(read_toml_value("2013-01-01")->data));
  for (const char* text : {"", "five", "5 6", "5\nlog = 6", "007", "[1"})
    EXPECT_FALSE(read_toml_value(text)) << text;
}

TEST(ReadTomlKey, TakesDottedAndQuotedKeys) {
  const auto tree = read_toml_key("kafka.client.\"ssl.ca.location\"", Value{std::int64_t{1}, {}, {}, {}});
  ASSERT_TRUE(tree);
  EXPECT_EQ(write_toml(*tree), "{ kafka = { client = { \"ssl.ca.location\" = 1 } } }");
  for (const char* text : {"", ".", "a.", "a b", "a=1\nb", "[a]", "#"})
    EXPECT_FALSE(read_toml_key(text, {})) << text;
}

TEST(WriteToml, GivesBackWhatItReads) {
  for (const char* text : {"5", "-5", "1.5", "1e+100", "true", "inf", "\"a\\\"b\\\\c\\n\\u0001é\"",
                           "[1, \"a\", [2]]", "{ a = 1, \"b c\" = { d = [] } }", "{}", "[]", "2013-01-01",
                           "07:32:00", "1979-05-27T07:32:00Z", "\"'''\""}) {
    const auto value = read_toml_value(text);
    ASSERT_TRUE(value) << text;
    const auto again = read_toml_value(write_toml(*value));
    ASSERT_TRUE(again) << write_toml(*value);
    EXPECT_EQ(write_toml(*again), write_toml(*value));
    EXPECT_EQ(write_toml(*value).find('\n'), std::string::npos) << text;
    EXPECT_EQ(again->data.index(), value->data.index()) << text;
  }
  EXPECT_EQ(write_toml(*read_toml_value("2.0")), "2.0");
}

}  // namespace
}  // namespace shoal::config
