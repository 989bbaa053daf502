// Goal: a row becomes the JSON object that its rules promise. Method: numbers' grammar by cases, objects
// compared as text and parsed back.

#include "host/kafka/csv_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace shoal::kafka {
namespace {

std::string encode_one(std::string_view field) {
  const std::vector<std::string> columns{"value"};
  auto encoder = CsvRowEncoder::create(columns);
  const std::vector<std::string_view> fields{field};
  const auto object = encoder.value().encode(fields);
  return object ? std::string{object.value()} : "error: " + object.error().message;
}

TEST(CsvJson, NumbersAreWhatTheJsonGrammarMatchesWhole) {
  for (const auto* number : {"0", "-0", "7", "-7", "1013", "0.5", "-0.25", "1e5", "1E5", "1e+5", "1e-05",
                             "10.25e3", "123456789012345678901234567890", "1e999"}) {
    EXPECT_TRUE(is_json_number(number)) << number;
    EXPECT_EQ(encode_one(number), std::string{"{\"value\":"} + number + "}");
  }
}

TEST(CsvJson, WhatOnlyLooksLikeANumberIsText) {
  for (const auto* text :
       {"9E", "007",  "-",   "+1",  ".5",    "1.",  "1.e5",     "1e", "1e+",  "00",   "-01", " 1",
        "1 ", "0x10", "1,5", "--1", "1.2.3", "NaN", "Infinity", "na", "null", "true", "e5",  "-e5"}) {
    EXPECT_FALSE(is_json_number(text)) << text;
    EXPECT_EQ(encode_one(text), std::string{"{\"value\":\""} + text + "\"}");
  }
}

TEST(CsvJson, NaAndEmptyAreNull) {
  EXPECT_EQ(encode_one("NA"), R"({"value":null})");
  EXPECT_EQ(encode_one(""), R"({"value":null})");
  EXPECT_FALSE(is_null_field("N/A"));
  EXPECT_FALSE(is_null_field("NA "));
}

TEST(CsvJson, TextIsEscapedAndKeepsItsCharacters) {
  using namespace std::string_literals;
  for (const auto& text : {"a \"quoted\" word"s, "back\\slash"s, "two\nlines\r\n"s, "tab\t, bell\a"s,
                           "nul\0byte"s, "Zürich, 東京, \U0001F6E9"s, "\x7f"s}) {
    const auto parsed = nlohmann::json::parse(encode_one(text));
    EXPECT_EQ(parsed.at("value").get<std::string>(), text);
  }
}

TEST(CsvJson, ColumnsKeepTheHeadersOrder) {
  const std::vector<std::string> columns{"zulu", "alpha", "a \"b\""};
  auto encoder = CsvRowEncoder::create(columns);
  ASSERT_TRUE(encoder);
  const std::vector<std::string_view> first{"1", "9E", "NA"};
  EXPECT_EQ(encoder.value().encode(first).value(), R"({"zulu":1,"alpha":"9E","a \"b\"":null})");
  const std::vector<std::string_view> second{"", "-1.5", "x"};
  EXPECT_EQ(encoder.value().encode(second).value(), R"({"zulu":null,"alpha":-1.5,"a \"b\"":"x"})");
}

TEST(CsvJson, WhatIsNotUtf8IsAnErrorThatNamesTheColumn) {
  for (const auto* text : {"Z\xFCrich", "\xC3", "\xED\xA0\x80", "\xC0\xAF", "\xFF"}) {
    EXPECT_EQ(encode_one(text), "error: the text in column \"value\" is not UTF-8: convert the file");
  }
  const std::vector<std::string> columns{"fine", "\xFF"};
  const auto encoder = CsvRowEncoder::create(columns);
  ASSERT_FALSE(encoder);
  EXPECT_EQ(encoder.error().message, "the name of column 2 is not UTF-8: convert the file");
}

}  // namespace
}  // namespace shoal::kafka
