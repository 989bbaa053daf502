// Goal: configs/reference.toml names every key, with its default, its words and its range, and nothing else.
// Method: loads it as it is and with its examples uncommented, and compares with the schema; the other
// configs load too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "host/config/loader.hpp"
#include "host/config/schema.hpp"
#include "host/config/toml_text.hpp"

namespace shoal::config {
namespace {

const std::filesystem::path configs_directory = SHOAL_CONFIGS_DIRECTORY;

std::string reference_text() {
  std::ifstream stream(configs_directory / "reference.toml");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The examples are lines of "#" and a key or a table without a blank between.
std::string with_examples(const std::string& text) {
  static const std::regex example("^#(?=[\\[a-z])", std::regex::multiline);
  return std::regex_replace(text, example, "");
}

LoadOptions options_for(const std::filesystem::path& file) {
  LoadOptions options;
  options.file = file;
  options.working_directory = "/";
  options.host_name = "machine";
  options.hardware_threads = 3;
  return options;
}

// The keys of a section in the tree, through its first element.
const Table* members_of(const Value& root, const Section& section) {
  const auto& table = std::get<Table>(root.data);
  const auto found = table.find(section.name);
  if (found == table.end()) return nullptr;
  if (section.kind == SectionKind::list)
    return &std::get<Table>(std::get<List>(found->second.data).at(0).data);
  const auto& members = std::get<Table>(found->second.data);
  return section.kind == SectionKind::named ? &std::get<Table>(members.begin()->second.data) : &members;
}

TEST(Reference, LoadsAndIsTheDefaults) {
  const auto reference = load(options_for(configs_directory / "reference.toml"));
  ASSERT_TRUE(reference) << reference.error().message;
  LoadOptions nothing = options_for("");
  nothing.file.reset();
  nothing.working_directory = configs_directory;
  const auto defaults = load(nothing);
  ASSERT_TRUE(defaults) << defaults.error().message;
  ASSERT_EQ(reference.value().settings.size(), defaults.value().settings.size());
  for (std::size_t i = 0; i < defaults.value().settings.size(); ++i) {
    EXPECT_EQ(reference.value().settings[i].path, defaults.value().settings[i].path);
    EXPECT_EQ(reference.value().settings[i].value, defaults.value().settings[i].value);
  }
}

TEST(Reference, WithItsExamplesHasEveryKeyWithItsDefault) {
  const auto root = read_toml(with_examples(reference_text()), "reference.toml");
  ASSERT_TRUE(root) << root.error().message;
  for (const Key& key : keys()) {
    const Table* members = members_of(root.value(), *find_section(key.section));
    ASSERT_NE(members, nullptr) << pattern(key);
    const auto found = members->find(key.name);
    ASSERT_NE(found, members->end()) << pattern(key) << " is not in configs/reference.toml";
    const bool is_table = key.kind == Kind::text_map || key.kind == Kind::json_table;
    if (key.default_rule == Default::literal && !is_table) {
      EXPECT_EQ(write_toml(found->second), write_toml(*read_toml_value(key.literal))) << pattern(key);
    }
  }
}

TEST(Reference, WithItsExamplesLoads) {
  const auto file =
      std::filesystem::path{testing::TempDir()} / ("shoal_reference_" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << with_examples(reference_text());
  LoadOptions options = options_for(file);
  options.sets = {"kafka.bootstrap_servers=127.0.0.1:9092"};
  const auto loaded = load(options);
  EXPECT_TRUE(loaded) << loaded.error().message;
  std::filesystem::remove(file);
}

TEST(Reference, HasTheWordsOfEveryKey) {
  const std::string text = reference_text();
  for (const Key& key : keys()) {
    ASSERT_FALSE(key.doc.empty()) << pattern(key);
    EXPECT_THAT(text, testing::HasSubstr("# " + std::string{key.doc} + "\n")) << pattern(key);
  }
}

// The lines of comment in front of a key, in the table it stands in.
std::string words_of(const std::string& text, const Key& key) {
  const std::string name{key.section};
  const std::regex header("#?\\[+" + name + "(\\.[a-z]+)?\\]+");
  const std::regex begin("#?\\[?(" + name + "\\.)?(aircraft\\.)?" + std::string{key.name} + "(\\]| = .*)");
  std::istringstream lines(text);
  std::string words;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[") || line.starts_with("#[")) inside = std::regex_match(line, header) || inside;
    if (inside && std::regex_match(line, begin)) return words;
    words = line.starts_with("# ") ? words + line + "\n" : "";
  }
  return "";
}

TEST(Reference, HasTheRangeAndTheUnitBesideEachNumber) {
  const std::string text = reference_text();
  for (const Key& key : keys()) {
    if (key.kind != Kind::integer) continue;
    const std::string words = words_of(text, key);
    const std::string unit = key.unit.empty() ? "" : " " + std::string{key.unit};
    EXPECT_THAT(words, testing::HasSubstr("# " + std::string{key.doc} + "\n")) << pattern(key);
    EXPECT_THAT(words,
                testing::HasSubstr("# " + std::to_string(key.min) + " to " + std::to_string(key.max) + unit))
        << pattern(key);
    const bool named_unit = key.name.ends_with("_ms") || key.name.ends_with("_us");
    EXPECT_TRUE(!named_unit || key.name.ends_with("_" + std::string{key.unit})) << pattern(key);
  }
}

TEST(Reference, NamesTheChoicesAndTheDefaultThatIsNoValue) {
  const std::string text = reference_text();
  for (const Key& key : keys()) {
    const std::string words = words_of(text, key);
    for (const std::string_view choice : key.choices) {
      EXPECT_THAT(words, testing::HasSubstr(std::string{choice})) << pattern(key);
    }
    const bool resolved = key.default_rule == Default::host_name ||
                          key.default_rule == Default::hardware_threads ||
                          key.default_rule == Default::type_of_source;
    EXPECT_TRUE(!resolved || words.find("Default: ") != std::string::npos) << pattern(key);
  }
}

TEST(Reference, MarksWhatChangesWithSighup) {
  const std::string text = reference_text();
  for (const Key& key : keys()) {
    const bool marked = words_of(text, key).find("# Changes with SIGHUP.\n") != std::string::npos;
    EXPECT_EQ(marked, changes_at_run_time(key)) << pattern(key);
  }
}

TEST(Readme, ListsWhatChangesWithSighup) {
  std::ifstream stream(configs_directory.parent_path() / "host/config/README.md");
  std::stringstream text;
  text << stream.rdbuf();
  for (const Key& key : keys()) {
    const bool listed = text.str().find("\n| `" + pattern(key) + "` |") != std::string::npos;
    EXPECT_EQ(listed, changes_at_run_time(key)) << pattern(key);
  }
}

TEST(Schema, HasEachKeyOnceInASectionThatExists) {
  std::set<std::string> seen;
  for (const Key& key : keys()) {
    ASSERT_NE(find_section(key.section), nullptr) << key.section;
    EXPECT_TRUE(seen.insert(pattern(key)).second) << pattern(key);
    EXPECT_EQ(find_key(key.section, key.name), &key);
    EXPECT_NE(key.store, nullptr) << pattern(key) << " goes nowhere";
  }
}

TEST(ClusterConfigs, AreThreeHostsOfOneCluster) {
  for (const char* host : {"cluster-1.toml", "cluster-2.toml", "cluster-3.toml"}) {
    const auto member = load(options_for(configs_directory / host));
    ASSERT_TRUE(member) << member.error().message;
    EXPECT_EQ(member.value().config.cluster.seeds.size(), 3U);
  }
}

TEST(AircraftConfig, IsTheDemos) {
  const auto loaded = load(options_for(configs_directory / "aircraft.toml"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded.value().config;
  const auto root = configs_directory.parent_path();
  EXPECT_EQ(config.kafka.bootstrap_servers, "127.0.0.1:9092");
  ASSERT_EQ(config.modules.size(), 1U);
  EXPECT_EQ(config.modules[0].path, root / "build/release/modules/aircraft.so");
  EXPECT_THAT(config.node.module_directories, testing::ElementsAre(root / "build/release/modules"));
  ASSERT_EQ(config.types.size(), 1U);
  EXPECT_EQ(config.types[0].durability, "state");
  ASSERT_EQ(config.sources.size(), 1U);
  EXPECT_THAT(config.sources[0].topics, testing::ElementsAre("flights"));
  EXPECT_EQ(config.sources[0].type, "aircraft");
  EXPECT_EQ(config.sources[0].message, "flight");
  EXPECT_EQ(config.sources[0].group, "aircraft");
  ASSERT_EQ(config.sinks.size(), 1U);
  EXPECT_EQ(config.sinks[0].name, "alerts");
  EXPECT_EQ(config.sinks[0].topic, "alerts");
}

}  // namespace
}  // namespace shoal::config
