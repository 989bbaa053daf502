// Goal: sources that contradict themselves or each other are refused with the next step, the others are
// taken. Method: loads texts; each contradiction stands beside the nearest thing that is none.
#include "host/config/source_consistency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "host/config/loader.hpp"

namespace shoal::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string source(const std::string& name, const std::string& keys) {
  const std::string topics = keys.find("topics") == std::string::npos ? "topics = [\"flights\"]\n" : "";
  return "[[sources]]\nname = \"" + name + "\"\ntype = \"aircraft\"\nmessage = \"flight\"\n" + topics + keys +
         "\n";
}

Result<Loaded> load_sources(const std::string& text) {
  LoadOptions options;
  options.host_name = "machine";
  options.working_directory = "/";
  return load_text("[kafka]\nbootstrap_servers = \"k:1\"\n" + text, options);
}

Source good(const std::string& keys) {
  const auto loaded = load_sources(source("a", keys));
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? loaded.value().config.sources.at(0) : Source{};
}

std::string bad(const std::string& text) {
  const auto loaded = load_sources(text);
  EXPECT_FALSE(loaded) << text;
  return loaded ? "" : loaded.error().message;
}

TEST(SourceConsistency, EveryKindOfSourceLoads) {
  const Source committed = good("");
  EXPECT_EQ(committed.offsets, OffsetKeeper::group);
  EXPECT_EQ(committed.start, Start::committed);
  EXPECT_EQ(committed.topic_refresh_interval_ms, 300'000U);
  const Source plain = good("offsets = \"none\"");
  EXPECT_EQ(plain.offsets, OffsetKeeper::none);
  EXPECT_EQ(plain.start, Start::earliest);
  const Source of_module = good("offsets = \"module:own\"\nstart = \"latest\"");
  EXPECT_EQ(of_module.offsets_module, "own");
  EXPECT_EQ(of_module.start, Start::latest);
  EXPECT_EQ(good("start = \"1970-01-01T00:00:02Z\"").start_time_ms, 2'000);
  const Source manual = good("partitions = [0, 3]\nstart_offsets = [\"flights/3=7\"]");
  EXPECT_THAT(manual.partitions, ElementsAre(0, 3));
  ASSERT_EQ(manual.start_offsets.size(), 1U);
  EXPECT_EQ(manual.start_offsets[0].offset, 7);
  EXPECT_THAT(good("topics = [\"^flights-\", \"more\"]\ndead_letter_topic = \"\"").topics,
              ElementsAre("^flights-", "more"));
}

TEST(SourceConsistency, ValuesAreReadStrictly) {
  EXPECT_THAT(bad(source("a", "offsets = \"mine\"")), HasSubstr("group, none or module:"));
  EXPECT_THAT(bad(source("a", "start = \"soon\"")), HasSubstr("committed, earliest, latest or a time"));
  EXPECT_THAT(bad(source("a", "start_offsets = [\"flights=1\"]")), HasSubstr("flights/0=1200"));
  EXPECT_THAT(bad(source("a", "partitions = [\"0\"]")), HasSubstr("a whole number"));
  EXPECT_THAT(bad(source("a", "partitions = 3")), HasSubstr("a list of whole numbers"));
  EXPECT_THAT(bad(source("a", "partitions = [65536]")), HasSubstr("0 to 65535"));
  EXPECT_THAT(bad(source("a", "topics = [\"^(\"]\ndead_letter_topic = \"\"")),
              HasSubstr("regular expression"));
}

TEST(SourceConsistency, NothingIsCommittedThatNobodyKeeps) {
  const std::string none = bad(source("a", "offsets = \"none\"\nstart = \"committed\""));
  EXPECT_THAT(none, HasSubstr("nothing is committed: set start to \"earliest\""));
  const std::string module = bad(source("a", "offsets = \"module:own\"\nstart = \"committed\""));
  EXPECT_THAT(module, HasSubstr("the module says: set start to \"earliest\""));
}

TEST(SourceConsistency, StartOffsetsAreOfWhatIsRead) {
  EXPECT_THAT(bad(source("a", "start_offsets = [\"other/0=1\"]")), HasSubstr("add it to its topics"));
  EXPECT_THAT(bad(source("a", "partitions = [1]\nstart_offsets = [\"flights/0=1\"]")),
              HasSubstr("add it to its partitions"));
  EXPECT_THAT(bad(source("a", "start_offsets = [\"flights/0=1\", \"flights/0=2\"]")),
              HasSubstr("two start_offsets for flights/0"));
  EXPECT_THAT(bad(source("a", "offsets = \"module:own\"\nstart_offsets = [\"flights/0=1\"]")),
              HasSubstr("remove one of both"));
  good("topics = [\"^fl\"]\ndead_letter_topic = \"\"\nstart_offsets = [\"flights/0=1\"]");
}

TEST(SourceConsistency, PartitionsAreNamedOnce) {
  EXPECT_THAT(bad(source("a", "partitions = [1, 1]")), HasSubstr("names a partition twice"));
}

TEST(SourceConsistency, TopicsOfAPatternHaveOneDeadLetterTopic) {
  EXPECT_THAT(bad(source("a", "topics = [\"^fl\"]")), HasSubstr("name one dead_letter_topic"));
  good("topics = [\"^fl\"]\ndead_letter_topic = \"letters\"");
}

TEST(SourceConsistency, AGroupHasOneSourceForAPartition) {
  const std::string pattern = "dead_letter_topic = \"\"\ntopics = ";
  EXPECT_THAT(bad(source("a", "") + source("b", "")), HasSubstr("as source 'a' does: give it a group"));
  EXPECT_THAT(bad(source("a", "") + source("b", pattern + "[\"^fl\"]")), HasSubstr("reads topic '^fl'"));
  EXPECT_THAT(bad(source("a", pattern + "[\"^fl\"]") + source("b", "")), HasSubstr("reads topic 'flights'"));
  EXPECT_THAT(bad(source("a", pattern + "[\"^fl\"]") + source("b", pattern + "[\"^fl\"]")),
              HasSubstr("reads topic '^fl'"));
  EXPECT_THAT(bad(source("a", "partitions = [0, 1]") + source("b", "partitions = [1]")),
              HasSubstr("reads topic 'flights'"));
  for (const std::string& other :
       {std::string("partitions = [1, 2]"), std::string("partitions = [1]\ngroup = \"other\"")}) {
    EXPECT_TRUE(load_sources(source("a", "partitions = [0]") + source("b", other))) << other;
  }
  EXPECT_TRUE(load_sources(source("a", "") + source("b", "offsets = \"none\"")));
  EXPECT_TRUE(load_sources(source("a", "") + source("b", pattern + "[\"^other\"]")));
}

}  // namespace
}  // namespace shoal::config
