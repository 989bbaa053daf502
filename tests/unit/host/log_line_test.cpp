// Goal: a log line is one line, its JSON is JSON, and neither shows a secret. Method: hostile texts.
#include "host/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

TEST(LogLines, MaskTheUserPartOfUrls) {
  for (const std::string& line : {text_log_line(event("at http://joe:hunter2@proxy/")),
                                  json_log_line(event("at http://joe:hunter2@proxy/"))}) {
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("hunter2")));
    EXPECT_THAT(line, testing::HasSubstr("http://********@proxy/"));
  }
}

}  // namespace
}  // namespace shoal::host
