// Goal: arguments with a form of their own are read, everything else is refused with words. Method: examples
// and edges.
#include "host/command/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::command {
namespace {

using testing::HasSubstr;

TEST(ReadManagement, TakesHostsWithAndWithoutPort) {
  struct Case {
    const char* text;
    const char* host;
    std::uint16_t port;
  };
  for (const Case& sample : {Case{"127.0.0.1:9000", "127.0.0.1", 9'000},
                             Case{"localhost", "localhost", 8'558}, Case{"[::1]:9000", "::1", 9'000},
                             Case{"[::1]", "::1", 8'558}, Case{"a.example:65535", "a.example", 65'535}}) {
    Client client;
    ASSERT_TRUE(read_management(sample.text, client)) << sample.text;
    EXPECT_EQ(client.host, sample.host);
    EXPECT_EQ(client.port, sample.port);
  }
}

TEST(ReadManagement, RefusesEverythingElse) {
  for (const char* text : {"", ":8558", "host:", "host:0", "host:65536", "host:80a", "host:-1", "::1", "[::1",
                           "[]:1", "[::1]9000"}) {
    Client client;
    const auto read = read_management(text, client);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr("write HOST:PORT")) << text;
    EXPECT_EQ(client.host, "127.0.0.1") << "what was refused changed something";
  }
}

TEST(ReadTypeSetting, TakesALimitOrNone) {
  EXPECT_EQ(read_type_setting("active_entities_max=1").value(), 1U);
  EXPECT_EQ(read_type_setting("active_entities_max=4294967295").value(), 4'294'967'295U);
  EXPECT_EQ(read_type_setting("active_entities_max=none").value(), std::nullopt);
  for (const char* text : {"", "active_entities_max", "active_entities_max=", "active_entities_max=0",
                           "active_entities_max=4294967296", "active_entities_max=1k", "shards=4"}) {
    const auto read = read_type_setting(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr("write active_entities_max=N")) << text;
  }
}

TEST(ReadTimeout, TakesOneMillisecondToADay) {
  EXPECT_EQ(read_timeout("1ms").value(), std::chrono::milliseconds{1});
  EXPECT_EQ(read_timeout("24h").value(), std::chrono::hours{24});
  for (const char* text : {"0s", "25h", "5", ""}) EXPECT_FALSE(read_timeout(text)) << text;
}

TEST(ReadInterval, TakesATenthOfASecondToADay) {
  EXPECT_EQ(read_interval("2").value(), std::chrono::seconds{2});
  EXPECT_EQ(read_interval("0.5").value(), std::chrono::milliseconds{500});
  EXPECT_EQ(read_interval("0.1").value(), std::chrono::milliseconds{100});
  EXPECT_EQ(read_interval("86400").value(), std::chrono::hours{24});
  for (const char* text : {"", "0", "0.09", "86401", "-1", "nan", "inf", "1s", "1 "}) {
    EXPECT_FALSE(read_interval(text)) << text;
  }
}

TEST(ReadTopic, TakesANameAndACount) {
  EXPECT_EQ(read_topic("flights:4").value(), (std::pair<std::string, int>{"flights", 4}));
  EXPECT_EQ(read_topic("a:1000").value().second, 1'000);
  for (const char* text :
       {"flights", "flights:", ":4", "flights:0", "flights:-1", "flights:1001", "flights:4x", ""}) {
    EXPECT_FALSE(read_topic(text)) << text;
  }
}

TEST(ReadAssignment, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(read_assignment("a.b=c=d").value(), (std::pair<std::string, std::string>{"a.b", "c=d"}));
  EXPECT_EQ(read_assignment("a=").value().second, "");
  EXPECT_FALSE(read_assignment("a"));
  EXPECT_FALSE(read_assignment("=a"));
}

TEST(CheckJson, TakesOneValue) {
  for (const char* text : {"{}", "5", "\"a\"", "null", " [1, 2] "}) EXPECT_TRUE(check_json(text)) << text;
  for (const char* text : {"", "{", "{}{}", "five", "{\"a\":1}, \"message\":\"other\"", "\xff"}) {
    EXPECT_FALSE(check_json(text)) << text;
  }
}

}  // namespace
}  // namespace shoal::command
