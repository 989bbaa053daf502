// Goal: a log line is one line, its JSON is JSON, and neither shows a secret. Method: hostile texts.
#include "host/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace shoal::host {
namespace {

LogEvent event(std::string_view text) {
  return {std::chrono::system_clock::time_point{std::chrono::milliseconds{1'384'000'000'007}}, "info", 42,
          text};
}

TEST(TextLogLine, HasTimeLevelAndText) {
  EXPECT_EQ(text_log_line(event("it runs")), "2013-11-09T12:26:40.007Z info    it runs\n");
}

TEST(TextLogLine, EscapesControlCharacters) {
  EXPECT_EQ(text_log_line(event("a\nb\tc\x1b[2J\x7f\r é")),
            "2013-11-09T12:26:40.007Z info    a\\nb\\tc\\x1b[2J\\x7f\\x0d é\n");
}

TEST(LogLines, CountMillisecondsUpwardsBeforeTheEpochToo) {
  LogEvent early = event("x");
  early.time = std::chrono::system_clock::time_point{std::chrono::milliseconds{-1}};
  EXPECT_EQ(text_log_line(early), "1969-12-31T23:59:59.999Z info    x\n");
}

TEST(JsonLogLine, IsJsonWhateverTheText) {
  for (const std::string& text :
       {std::string{"plain"}, std::string{"a \"quoted\" \\ text"}, std::string{"a\nb\x01"},
        std::string{"\xff\xfe broken"}, std::string{"nul\0nul", 7}, std::string{}}) {
    const std::string line = json_log_line(event(text));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    EXPECT_EQ(json.at("time"), "2013-11-09T12:26:40.007Z");
    EXPECT_EQ(json.at("level"), "info");
    EXPECT_EQ(json.at("thread"), 42);
    if (text.find('\xff') == std::string::npos) {
      EXPECT_EQ(json.at("message"), text);
    }
  }
}

// Whatever comes, the line is one JSON object in UTF-8 and nothing else.
void expect_json(const std::string& text) {
  const std::string line = json_log_line(event(text));
  ASSERT_EQ(line.find('\n'), line.size() - 1) << testing::PrintToString(text);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_TRUE(json.is_object() && json.size() == 4) << testing::PrintToString(text);
  ASSERT_TRUE(json.at("message").is_string()) << testing::PrintToString(text);
}

TEST(JsonLogLine, IsJsonForEveryPairOfBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      expect_json("a" + std::string{static_cast<char>(first), static_cast<char>(second)});
    }
  }
}

TEST(JsonLogLine, IsJsonForBrokenUtf8) {
  const std::vector<std::string> broken = {"\xc3",              // cut off
                                           "\xe2\x82",          // cut off
                                           "\xf0\x9f\x98",      // cut off
                                           "\xc0\xaf",          // longer than it need be
                                           "\xe0\x80\xaf",      // longer than it need be
                                           "\xed\xa0\x80",      // half of a surrogate pair
                                           "\xf4\x90\x80\x80",  // beyond Unicode
                                           "\xef\xbb\xbf",      // a byte order mark is text
                                           "http://us\xff-er@\xc3\"\n/"};
  for (const std::string& text : broken) {
    expect_json(text);
    expect_json(text + "\"}\n{\"level\":\"info\"");
  }
}

TEST(JsonLogLine, KeepsWhatIsAroundBrokenBytes) {
  const auto json = nlohmann::json::parse(json_log_line(event("a\xff\"b\"")));
  EXPECT_EQ(json.at("message"), "a\xef\xbf\xbd\"b\"");
}

TEST(JsonLogLine, IsJsonHoweverLong) { expect_json(std::string(1'048'576, '"')); }

TEST(LogLines, MaskTheUserPartOfUrls) {
  for (const std::string& line : {text_log_line(event("at http://joe:hunter2@proxy/")),
                                  json_log_line(event("at http://joe:hunter2@proxy/"))}) {
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("hunter2")));
    EXPECT_THAT(line, testing::HasSubstr("http://********@proxy/"));
  }
}

}  // namespace
}  // namespace shoal::host
