// Goal: every key can be explained, however a user names it, and a wrong one is told from the right one.
// Method: all keys of the table, one of each kind word for word, and keys that are none.
#include "host/config/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/config/schema.hpp"

namespace shoal::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string said(std::string_view key) {
  const auto explained = explain(key);
  return explained ? explained.value() : explained.error().message;
}

TEST(Explain, SaysOfEveryKeyWhatTheTableSays) {
  const auto patterns = key_patterns();
  ASSERT_EQ(patterns.size(), keys().size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Key& key = keys()[i];
    const std::string text = said(patterns[i]);
    EXPECT_THAT(text, StartsWith(patterns[i] + ": " + std::string{key.doc} + "\n"));
    EXPECT_EQ(text.find("takes: \n"), std::string::npos) << text;
    for (const std::string_view choice : key.choices)
      EXPECT_THAT(text, HasSubstr("\"" + std::string{choice} + "\""));
    const bool has_range = key.kind == Kind::integer;
    EXPECT_THAT(text, HasSubstr(has_range ? std::to_string(key.min) + " to " + std::to_string(key.max) : ""));
    const bool has_literal = key.default_rule == Default::literal;
    EXPECT_THAT(text, HasSubstr("default: " + (has_literal ? std::string{key.literal} + "\n" : "")));
    EXPECT_EQ(text.find("changes with SIGHUP") != std::string::npos, changes_at_run_time(key)) << text;
  }
}

TEST(Explain, SaysItInWords) {
  EXPECT_EQ(said("node.lanes"),
            "node.lanes: Worker threads that run entities.\n"
            "  takes: a whole number, 1 to 1024 threads\n"
            "  default: as many threads as the machine runs at once\n"
            "  environment: SHOAL_NODE__LANES\n"
            "  a change takes a restart\n");
  EXPECT_EQ(said("log.format"),
            "log.format: Lines for people, or one JSON object a line.\n"
            "  takes: one of \"text\", \"json\"\n"
            "  default: \"text\"\n"
            "  environment: SHOAL_LOG__FORMAT\n"
            "  changes with SIGHUP\n");
  EXPECT_THAT(said("types.NAME.shards"), HasSubstr("environment: SHOAL_TYPES__NAME__SHARDS\n"));
  EXPECT_THAT(said("sources[].topics"), HasSubstr("environment: SHOAL_SOURCES__0__TOPICS\n"));
  EXPECT_THAT(said("sources[].type"), HasSubstr("default: none, it must be set\n"));
  EXPECT_THAT(said("sources[].partitions"), HasSubstr("a list of whole numbers, each 0 to "));
}

TEST(Explain, TakesAKeyAsUsersNameIt) {
  for (const char* key : {"types.NAME.shards", "types.aircraft.shards", "types.shards"})
    EXPECT_EQ(said(key), said("types.NAME.shards")) << key;
  for (const char* key : {"sources[].topics", "sources[0].topics", "sources.12.topics", "sources.topics"})
    EXPECT_EQ(said(key), said("sources[].topics")) << key;
  for (const char* key : {"kafka.client", "kafka.client.sasl.password"})
    EXPECT_THAT(said(key), StartsWith("kafka.client: ")) << key;
  EXPECT_THAT(said("types.aircraft.config.limit"), StartsWith("types.NAME.config: "));
}

TEST(Explain, NamesTheKeyThatWasMeant) {
  EXPECT_EQ(said("node.lane"), "unknown key 'node.lane': did you mean 'node.lanes'?");
  EXPECT_EQ(said("types.aircraft.shard"),
            "unknown key 'types.aircraft.shard': did you mean 'types.NAME.shards'?");
  EXPECT_EQ(said("sources.3.topic"), "unknown key 'sources.3.topic': did you mean 'sources[].topics'?");
  for (const char* key : {"", ".", "node", "node.", "sources", "sources[", "types.", "types..", "no.such",
                          "node.lanes.more", "0.0", "kafka.clients.x"}) {
    EXPECT_FALSE(explain(key)) << key;
    EXPECT_THAT(said(key), StartsWith("unknown key '" + std::string{key} + "': ")) << key;
  }
}

}  // namespace
}  // namespace shoal::config
