// Goal: what counts is defaults < file < environment < --set, and everything that is wrong is named with its
// place. Method: loads files written to a directory of the test's own; no environment but the one passed in.
#include "host/config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace shoal::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LoaderTest : public testing::Test {
 protected:
  LoaderTest() {
    directory_ = std::filesystem::path{testing::TempDir()} / ("shoal_loader_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_ / "etc");
    options_.working_directory = directory_;
    options_.host_name = "machine";
    options_.hardware_threads = 3;
  }
  ~LoaderTest() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& text) {
    std::ofstream(directory_ / "etc/a.toml") << text;
    options_.file = "etc/a.toml";
  }

  Config load_good() {
    auto loaded = load(options_);
    if (!loaded) {
      ADD_FAILURE() << loaded.error().message;
      return {};
    }
    settings_ = loaded.value().settings;
    return std::move(loaded).value().config;
  }

  std::string load_bad() {
    auto loaded = load(options_);
    if (loaded) {
      ADD_FAILURE() << "it loads";
      return "";
    }
    EXPECT_EQ(loaded.error().code, ErrorCode::bad_config);
    return loaded.error().message;
  }

  std::string setting(const std::string& path) const {
    const auto found = std::ranges::find(settings_, path, &Setting::path);
    return found == settings_.end() ? "absent" : found->value + " from " + found->origin;
  }

  LoadOptions options_;
  std::filesystem::path directory_;
  std::vector<Setting> settings_;
};

constexpr const char* full_source = R"(
[kafka]
bootstrap_servers = "k:9092"
[[sources]]
name = "flights"
topics = ["flights", "more"]
type = "aircraft"
message = "flight"
)";

TEST_F(LoaderTest, WithoutAFileTheDefaultsHold) {
  const Config config = load_good();
  EXPECT_EQ(config.node.name, "machine");
  EXPECT_EQ(config.node.lanes, 3U);
  EXPECT_EQ(config.node.data_dir, directory_ / "shoal-data");
  EXPECT_EQ(config.node.management_port, 8558);
  EXPECT_EQ(config.node.shutdown_grace_ms, 20'000U);
  EXPECT_EQ(config.node.lane_spin_us, 0U);
  EXPECT_EQ(config.log.level, "info");
  EXPECT_EQ(config.log.format, "text");
  EXPECT_TRUE(config.kafka.bootstrap_servers.empty());
  EXPECT_TRUE(config.modules.empty() && config.types.empty() && config.sources.empty() &&
              config.sinks.empty());
}

TEST_F(LoaderTest, AnEmptyFileIsTheDefaults) {
  write("");
  EXPECT_EQ(load_good().node.data_dir, directory_ / "etc/shoal-data");
}

TEST_F(LoaderTest, LaterLayersWin) {
  write("[node]\nlanes = 4\nlane_spin_us = 5\nshutdown_grace_ms = 6\n");
  options_.environment = {{"SHOAL_NODE__LANE_SPIN_US", "50"}, {"SHOAL_NODE__SHUTDOWN_GRACE_MS", "60"}};
  options_.sets = {"node.shutdown_grace_ms=600", "node.shutdown_grace_ms=700"};
  const Config config = load_good();
  EXPECT_EQ(config.node.lanes, 4U);
  EXPECT_EQ(config.node.lane_spin_us, 50U);
  EXPECT_EQ(config.node.shutdown_grace_ms, 700U);
  EXPECT_EQ(setting("node.name"), "\"machine\" from default");
  EXPECT_EQ(setting("node.lanes"), "4 from etc/a.toml:2:1");
  EXPECT_EQ(setting("node.lane_spin_us"), "50 from environment SHOAL_NODE__LANE_SPIN_US");
  EXPECT_EQ(setting("node.shutdown_grace_ms"), "700 from --set node.shutdown_grace_ms");
}

TEST_F(LoaderTest, ReadsASourceWithItsDefaults) {
  write(full_source);
  const Source source = load_good().sources.at(0);
  EXPECT_EQ(source.name, "flights");
  EXPECT_THAT(source.topics, ElementsAre("flights", "more"));
  EXPECT_EQ(source.type, "aircraft");
  EXPECT_EQ(source.message, "flight");
  EXPECT_EQ(source.group, "aircraft");
  EXPECT_EQ(source.start, Start::committed);
  EXPECT_EQ(source.lost_records, LostRecords::hold);
  EXPECT_EQ(source.dead_letter_topic, std::nullopt);
  EXPECT_EQ(source.commit_interval_ms, 1'000U);
  EXPECT_EQ(source.commit_records, 100'000U);
  EXPECT_EQ(source.in_flight_records_max, 100'000U);
}

TEST_F(LoaderTest, ReadsEveryKeyOfASource) {
  write(std::string{full_source} +
        "group = \"g\"\nstart = \"latest\"\nlost_records = \"continue\"\ndead_letter_topic = "
        "\"\"\ncommit_interval_ms = "
        "10\ncommit_records = 1\n"
        "in_flight_records_max = 2\n");
  const Source source = load_good().sources.at(0);
  EXPECT_EQ(source.group, "g");
  EXPECT_EQ(source.start, Start::latest);
  EXPECT_EQ(source.lost_records, LostRecords::go_on);
  EXPECT_EQ(source.dead_letter_topic, "");
  EXPECT_EQ(source.commit_interval_ms, 10U);
  EXPECT_EQ(source.commit_records, 1U);
  EXPECT_EQ(source.in_flight_records_max, 2U);
}

TEST_F(LoaderTest, PathsAreRelativeToTheFile) {
  write(
      "[node]\ndata_dir = \"../data\"\nmodule_directories = [\"m\", \"/abs\"]\n[[modules]]\npath = "
      "\"m/a.so\"\n"
      "[kafka]\nclient = {ssl.ca.location = \"ca.pem\", ssl.key.location = \"/k.pem\"}\n");
  options_.sets = {"modules.0.path=m/b.so"};
  const Config config = load_good();
  EXPECT_EQ(config.node.data_dir, directory_ / "data");
  EXPECT_THAT(config.node.module_directories, ElementsAre(directory_ / "etc/m", "/abs"));
  EXPECT_EQ(config.modules.at(0).path, directory_ / "etc/m/b.so");
  EXPECT_EQ(config.kafka.client.at("ssl.ca.location"), (directory_ / "etc/ca.pem").string());
  EXPECT_EQ(config.kafka.client.at("ssl.key.location"), "/k.pem");
}

TEST_F(LoaderTest, ModuleAndTypeTablesBecomeJson) {
  write(
      "[[modules]]\npath = \"a.so\"\n[modules.config]\nlimit = 5\nratio = 0.5\non = true\nday = 2013-01-01\n"
      "list = [1, \"a\\\"\", {b = {}}]\n[types.aircraft.config]\n\"dotted.key\" = \"é\"\n");
  const Config config = load_good();
  EXPECT_EQ(config.modules.at(0).config.json,
            R"({"day":"2013-01-01","limit":5,"list":[1,"a\"",{"b":{}}],"on":true,"ratio":0.5})");
  EXPECT_EQ(config.types.at(0).name, "aircraft");
  EXPECT_EQ(config.types.at(0).config.json, "{\"dotted.key\":\"é\"}");
  EXPECT_EQ(config.types.at(0).shards, std::nullopt);
}

TEST_F(LoaderTest, ClientKeysAreTextsWithDots) {
  write(
      "[kafka.client]\nsecurity.protocol = \"ssl\"\n\"linger.ms\" = 5\nenable.idempotence = true\nx.y = "
      "0.5\n");
  options_.environment = {{"SHOAL_KAFKA__CLIENT__SASL__PASSWORD", "00123"}};
  options_.sets = {"kafka.client.linger.ms=7", "kafka.client.\"client.id\"=1e5"};
  EXPECT_THAT(load_good().kafka.client,
              ElementsAre(std::pair{"client.id", "1e5"}, std::pair{"enable.idempotence", "true"},
                          std::pair{"linger.ms", "7"}, std::pair{"sasl.password", "00123"},
                          std::pair{"security.protocol", "ssl"}, std::pair{"x.y", "0.5"}));
}

TEST_F(LoaderTest, EnvironmentAndSetTakeTextWhereTextIsWanted) {
  options_.environment = {{"SHOAL_NODE__NAME", "007"}, {"SHOAL_NODE__MODULE_DIRECTORIES", "[\"/a\"]"}};
  options_.sets = {"kafka.bootstrap_servers=a:1,b:2", "types.aircraft.module=5", "log.level=\"debug\""};
  const Config config = load_good();
  EXPECT_EQ(config.node.name, "007");
  EXPECT_THAT(config.node.module_directories, ElementsAre("/a"));
  EXPECT_EQ(config.kafka.bootstrap_servers, "a:1,b:2");
  EXPECT_EQ(config.types.at(0).module, "5");
  EXPECT_EQ(config.log.level, "debug");
}

TEST_F(LoaderTest, VariablesFindExistingKeysWhateverTheirCase) {
  write("[types.my-type.config]\nmaxItems = 1\n");
  options_.environment = {{"SHOAL_TYPES__MY-TYPE__CONFIG__MAXITEMS", "2"}, {"shoal_node__lanes", "9"}};
  const Config config = load_good();
  EXPECT_EQ(config.types.at(0).config.json, "{\"maxItems\":2}");
  EXPECT_EQ(config.node.lanes, 3U) << "the prefix is SHOAL_ and nothing else";
}

TEST_F(LoaderTest, ElementsOfListsAreNamedByIndex) {
  write(full_source);
  options_.environment = {{"SHOAL_SOURCES__0__GROUP", "g"},
                          {"SHOAL_SINKS__0__NAME", "alerts"},
                          {"SHOAL_SINKS__0__TOPIC", "alerts"}};
  options_.sets = {"sources.0.start=earliest", "sinks.1={name=\"b\", topic=\"c\"}"};
  const Config config = load_good();
  EXPECT_EQ(config.sources.at(0).group, "g");
  EXPECT_EQ(config.sources.at(0).start, Start::earliest);
  ASSERT_EQ(config.sinks.size(), 2U);
  EXPECT_EQ(config.sinks[0].name, "alerts");
  EXPECT_EQ(config.sinks[1].topic, "c");
}

TEST_F(LoaderTest, WholeListsCanBeSet) {
  options_.sets = {"kafka.bootstrap_servers=k:1",
                   "sources=[{name=\"a\", topics=[\"t\"], type=\"x\", message=\"m\"}]"};
  EXPECT_EQ(load_good().sources.at(0).group, "x");
}

TEST_F(LoaderTest, OtherVariablesAreIgnored) {
  options_.environment = {{"SHOAL_SERVICE_HOST", "10.0.0.1"},
                          {"SHOAL_PORT", "tcp://10.0.0.1:8558"},
                          {"PATH", "/bin"},
                          {"SHOAL_", ""},
                          {"XSHOAL_NODE__LANES", "9"}};
  EXPECT_EQ(load_good().node.lanes, 3U);
}

// What is wrong with a file and the one message that says so.
struct BadFile {
  const char* name;
  const char* text;
  const char* message;
};

class BadFiles : public LoaderTest, public testing::WithParamInterface<BadFile> {};

TEST_P(BadFiles, AreNamedWithTheirPlace) {
  write(GetParam().text);
  EXPECT_EQ(load_bad(), std::string{"etc/a.toml:"} + GetParam().message);
}

constexpr BadFile bad_files[] = {
    {"unknown_key", "[node]\nlane = 2", "2:1: unknown key 'node.lane': did you mean 'node.lanes'?"},
    {"unknown_section", "[nodes]\nlanes = 2", "1:2: unknown key 'nodes': did you mean 'node'?"},
    {"key_without_section", "lanes = 2", "1:1: unknown key 'lanes': did you mean 'node.lanes'?"},
    {"key_of_another_section", "[node]\nformat = \"json\"",
     "2:1: unknown key 'node.format': did you mean 'log.format'?"},
    {"nothing_like_it", "[node]\nzzzzzz = 2",
     "2:1: unknown key 'node.zzzzzz': see configs/reference.toml for every key"},
    {"unknown_in_list", "[[sinks]]\nname = \"a\"\ntopic = \"b\"\ntopics = []",
     "4:1: unknown key 'sinks[0].topics': did you mean 'sinks[0].topic'?"},
    {"unknown_in_type", "[types.a]\nshard = 2",
     "2:1: unknown key 'types.a.shard': did you mean 'types.a.shards'?"},
    {"text_for_number", "[node]\nlanes = \"2\"", "2:9: 'node.lanes' must be a whole number, not a text"},
    {"number_for_text", "[node]\nname = 2", "2:8: 'node.name' must be a text in quotes, not a whole number"},
    {"text_for_list", "[node]\nmodule_directories = \"a\"",
     "2:22: 'node.module_directories' must be a list of paths such as [\"a\", \"b\"], not a text"},
    {"fraction", "[node]\nlanes = 1.5", "2:9: 'node.lanes' must be a whole number, not a number"},
    {"below_range", "[node]\nlanes = 0", "2:9: 'node.lanes' must be 1 to 1024 threads, not 0"},
    {"negative", "[node]\nlane_spin_us = -1", "2:16: 'node.lane_spin_us' must be 0 to 1000000 us, not -1"},
    {"above_range", "[node]\nmanagement_port = 65536",
     "2:19: 'node.management_port' must be 0 to 65535, not 65536"},
    {"shards_above_range", "[types.a]\nshards = 65537",
     "2:10: 'types.a.shards' must be 1 to 65536 shards, not 65537"},
    {"choice", "[log]\nlevel = \"inof\"",
     "2:9: 'log.level' must be one of debug, info, warning, error, not 'inof': did you mean 'info'?"},
    {"empty_path", "[node]\ndata_dir = \"\"", "2:12: 'node.data_dir' must name a path, not be empty"},
    {"nul", "[kafka]\nbootstrap_servers = \"a\\u0000b\"",
     "2:21: 'kafka.bootstrap_servers' must not hold a NUL character"},
    {"table_as_value", "node = 5", "1:1: 'node' is a table, not a whole number: write [node]"},
    {"list_as_table", "[sinks]\nname = \"a\"", "1:2: 'sinks' is a list of tables: write [[sinks]]"},
    {"list_of_others", "sinks = [5]", "1:10: 'sinks' holds tables, not a whole number: write [[sinks]]"},
    {"type_as_value", "[types]\na = 5", "2:1: 'types.a' is a table: write [types.NAME]"},
    {"type_name", "[types.Aircraft]",
     "1:8: type name 'Aircraft' must be 1 to 64 of a-z 0-9 _ - and begin with a letter"},
    {"missing", "[[sinks]]\nname = \"a\"", "1:1: [[sinks]] needs 'topic'"},
    {"topic", "[[sinks]]\nname = \"a\"\ntopic = \"^a.*\"",
     "3:9: 'sinks[0].topic' must be 1 to 249 of a-z A-Z 0-9 . _ - (Kafka's rule for topics), not '^a.*'"},
    {"client_list", "[kafka.client]\ndebug = [\"a\"]",
     "1:1: 'kafka.client' must hold texts, numbers, true or false, but 'debug' is a list"},
    {"infinite", "[types.a.config]\nx = inf",
     "1:1: 'types.a.config' must not hold inf or nan: JSON, which modules get, has no such number"},
    {"config_as_value", "[types.a]\nconfig = 5",
     "2:10: 'types.a.config' must be a table, not a whole number"},
    {"journal", "[journal]\ndirectory = \"\"", "2:13: 'journal.directory' must name a path, not be empty"},
    {"lease", "[journal]\nlease_ms = 1", "2:12: 'journal.lease_ms' must be 100 to 60000 ms, not 1"},
    {"journal_log", "[journal]\nlog = \"disk\"", "2:7: 'journal.log' must be one of file, kafka, not 'disk'"},
    {"journal_prefix", "[journal]\nkafka_topic_prefix = \"\"",
     "2:22: 'journal.kafka_topic_prefix' must be 1 to 249 of a-z A-Z 0-9 . _ - (Kafka's rule for topics), "
     "not "
     "''"},
    {"seed", "[cluster]\nseeds = [\"a:1\", \"b\"]",
     "2:9: 'cluster.seeds' must be HOST:PORT as others reach it, such as 10.0.0.1:25520, not 'b'"},
    {"bind", "[cluster]\nbind = \"10.0.0.1\"",
     "2:8: 'cluster.bind' must be HOST:PORT, such as 10.0.0.1:25520, not '10.0.0.1'"},
    {"downing", "[cluster]\ndowning = \"keep\"",
     "2:11: 'cluster.downing' must be one of keep-majority, static-quorum, keep-oldest, down-all, not "
     "'keep'"},
    {"role_members", "[cluster]\nrole_members_min = [\"a=0\"]",
     "2:20: 'cluster.role_members_min' must be ROLE=N with N from 1 to 10000, such as backend=2, not 'a=0'"},
    {"durability", "[types.a]\ndurability = \"disk\"",
     "2:14: 'types.a.durability' must be one of none, state, events, not 'disk'"},
    {"truth", "[types.a]\nremember_entities = \"yes\"",
     "2:21: 'types.a.remember_entities' must be true or false, not a text"},
    {"passivation", "[types.a]\npassivate_after = \"soon\"",
     "2:19: 'types.a.passivate_after' must be \"never\" or a duration such as \"120s\": a whole number and "
     "ms, "
     "s, m or h, not 'soon'"},
};

INSTANTIATE_TEST_SUITE_P(Each, BadFiles, testing::ValuesIn(bad_files),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST_F(LoaderTest, DefaultsOfWhatIsNotThereYetAreAccepted) {
  write(
      "[journal]\nlease_ms = 2000\n[cluster]\nseeds = []\n[types.a]\ndurability = \"none\"\n"
      "passivate_after = \"never\"\n");
  EXPECT_EQ(load_good().types.size(), 1U);
}

TEST_F(LoaderTest, ATypeMayRememberItsEntities) {
  write("[types.a]\ndurability = \"state\"\nremember_entities = true\nremembered_start_rate = 50\n");
  const EntityType type = load_good().types.at(0);
  EXPECT_TRUE(type.remember_entities);
  EXPECT_EQ(type.remembered_start_rate, 50U);
}

TEST_F(LoaderTest, WhatNothingKeepsIsNotRemembered) {
  write("[types.a]\nremember_entities = true\n");
  EXPECT_THAT(load_bad(),
              HasSubstr("types.a.remember_entities must be false while types.a.durability is "
                        "\"none\", with which nothing is kept: set it to \"state\" or \"events\""));
}

TEST_F(LoaderTest, AJournalInKafkaNeedsBrokers) {
  write("[journal]\nlog = \"kafka\"\nkafka_topic_prefix = \"j-\"\nkafka_replication_factor = 3\n");
  options_.sets = {"kafka.bootstrap_servers=k:1", "journal.kafka_timeout_ms=5000"};
  const Journal journal = load_good().journal;
  EXPECT_EQ(journal.log, "kafka");
  EXPECT_EQ(journal.kafka_topic_prefix, "j-");
  EXPECT_EQ(journal.kafka_replication_factor, 3U);
  EXPECT_EQ(journal.kafka_timeout_ms, 5'000U);
  options_.sets.clear();
  EXPECT_THAT(load_bad(), testing::HasSubstr("it needs a Kafka cluster, set kafka.bootstrap_servers"));
}

TEST_F(LoaderTest, EverythingThatIsWrongComesAtOnceInTheOrderOfItsPlace) {
  write("[log]\nlevel = \"x\"\n[node]\nlane = 2\nname = 5\n");
  options_.environment = {{"SHOAL_NODE__LANEZ", "1"}};
  options_.sets = {"node.lanes=many", "nonsense"};
  EXPECT_EQ(load_bad(),
            "etc/a.toml:2:9: 'log.level' must be one of debug, info, warning, error, not 'x'\n"
            "etc/a.toml:4:1: unknown key 'node.lane': did you mean 'node.lanes'?\n"
            "etc/a.toml:5:8: 'node.name' must be a text in quotes, not a whole number\n"
            "environment SHOAL_NODE__LANEZ: unknown key 'node.lanez': did you mean 'node.lanes'?\n"
            "--set nonsense: write it as key=value, such as --set node.lanes=2\n"
            "--set node.lanes: 'node.lanes' must be a whole number, not a text");
}

TEST_F(LoaderTest, AVariableWhoseNameHasAControlCharacterIsRefused) {
  options_.environment = {{"SHOAL_KAFKA__CLIENT__SASL__PASSWORD\n", "a"}};
  EXPECT_THAT(load_bad(), testing::HasSubstr("its name has a control character"));
}

TEST_F(LoaderTest, WhatIsLaidOverTheFileIsUtf8) {
  options_.environment = {{"SHOAL_NODE__NAME", "a\xFF"}};
  options_.sets = {"log.level=d\xC3\xA9", "types.a.module=\xC3\x28"};
  EXPECT_EQ(load_bad(),
            "environment SHOAL_NODE__NAME: is not UTF-8: write the letters in UTF-8\n"
            "--set types.a.module: is not UTF-8: write the letters in UTF-8\n"
            "--set log.level: 'log.level' must be one of debug, info, warning, error, not 'd\xC3\xA9'");
}

TEST_F(LoaderTest, AnIndexBehindTheEndIsRefused) {
  write(full_source);
  options_.sets = {"sources.2.name=x", "sources.first.name=x"};
  const std::string message = load_bad();
  EXPECT_THAT(message, HasSubstr("--set sources.2.name: 'sources' has 1 elements: there is no element 2"));
  EXPECT_THAT(message,
              HasSubstr("--set sources.first.name: 'sources' is a list: name its element by an index"));
}

TEST_F(LoaderTest, AFileThatCannotBeReadIsNamed) {
  options_.file = "etc/none.toml";
  EXPECT_THAT(load_bad(), HasSubstr("etc/none.toml: the file cannot be opened"));
  options_.file = "etc";
  EXPECT_THAT(load_bad(), HasSubstr("etc: the file cannot be read"));
}

TEST_F(LoaderTest, SourcesMustFitTogether) {
  write(std::string{full_source} +
        "dead_letter_topic = \"more\"\n[[sources]]\nname = \"flights\"\ntopics = [\"more\"]\ntype = "
        "\"aircraft\"\n"
        "message = \"m\"\n[[sources]]\nname = \"none\"\ntopics = []\ntype = \"a\"\nmessage = \"m\"\n"
        "[[sources]]\nname = \"twice\"\ntopics = [\"a\", \"a\"]\ntype = \"a\"\nmessage = \"m\"\n"
        "[[sinks]]\nname = \"s\"\ntopic = \"a\"\n[[sinks]]\nname = \"s\"\ntopic = \"b\"\n");
  const std::string message = load_bad();
  EXPECT_THAT(message, HasSubstr("a.toml:4:1: source 'flights' would read its own dead letters"));
  EXPECT_THAT(message, HasSubstr("source 'flights' is there twice"));
  EXPECT_THAT(message,
              HasSubstr("source 'flights' reads topic 'more' as group 'aircraft', as source 'flights' does"));
  EXPECT_THAT(message, HasSubstr("source 'none' needs at least one topic"));
  EXPECT_THAT(message, HasSubstr("source 'twice' names a topic twice"));
  EXPECT_THAT(message, HasSubstr("sink 's' is there twice"));
}

TEST_F(LoaderTest, SourcesAndSinksNeedKafka) {
  write(
      "[[sources]]\nname = \"a\"\ntopics = [\"t\"]\ntype = \"x\"\nmessage = \"m\"\n[[sinks]]\nname = \"b\"\n"
      "topic = \"c\"\n");
  EXPECT_EQ(load_bad(),
            "etc/a.toml:1:1: source 'a' needs a Kafka cluster: set kafka.bootstrap_servers\n"
            "etc/a.toml:6:1: sink 'b' needs a Kafka cluster: set kafka.bootstrap_servers");
}

TEST_F(LoaderTest, TheMemoryTargetIsBelowWhereItBegins) {
  write("[node]\nmemory_shed_percent = 70\n");
  EXPECT_THAT(load_bad(), HasSubstr("node.memory_shed_target_percent is 75: it must be less than "
                                    "node.memory_shed_percent, which is 70"));
}

TEST_F(LoaderTest, ModulesAreNamedOnce) {
  write("[[modules]]\npath = \"a.so\"\n[[modules]]\npath = \"./a.so\"\n");
  EXPECT_THAT(load_bad(),
              HasSubstr("a.toml:3:1: module '" + (directory_ / "etc/a.so").string() + "' is there twice"));
}

TEST_F(LoaderTest, NoMessageShowsASecret) {
  write("[kafka.client]\nsasl.password = [\"hunter2\"]\n");
  options_.sets = {"kafka.clients.sasl.password=hunter2", "kafka.client.sasl.password"};
  options_.environment = {{"SHOAL_KAFKA__CLIENT__SASL__PASSWORD__", "hunter2"}};
  EXPECT_THAT(load_bad(), Not(HasSubstr("hunter2")));
}

TEST_F(LoaderTest, ToTomlShowsEverythingButSecrets) {
  write(std::string{full_source} +
        "[kafka.client]\nsasl.password = \"hunter2\"\nx = \"http://joe:hunter2@p\"\n[[modules]]\npath = "
        "\"/a.so\"\n"
        "[modules.config]\ntoken = \"hunter2\"\ndeep = {api_key = \"hunter2\", n = 1}\n[[modules]]\npath = "
        "\"/b.so\"\n");
  load_good();
  const std::string text = to_toml(settings_);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("[kafka.client]\n\"sasl.password\" = \"********\"  # etc/a.toml:10:6\n"));
  EXPECT_THAT(text,
              HasSubstr("[[modules]]\npath = \"/a.so\"  # etc/a.toml:13:1\n\n[modules.config]\ndeep = "));
  EXPECT_THAT(text, HasSubstr("{ api_key = \"********\", n = 1 }"));
  EXPECT_THAT(text, HasSubstr("\n\n[[modules]]\npath = \"/b.so\"  # etc/a.toml:18:1\n"));
  EXPECT_THAT(text, HasSubstr("management_port = 8558  # default\n"));
}

TEST_F(LoaderTest, ToTomlIsTomlThatLoadsToTheSame) {
  write(std::string{full_source} +
        "[types.my-type]\nshards = 5\n[types.my-type.config]\n\"a b\" = [1]\n"
        "[[modules]]\npath = \"/a.so\"\n[modules.config]\nx = 1\n[[modules]]\n"
        "path = \"/b.so\"\n[[sinks]]\nname = \"a\"\ntopic = \"b\"\n");
  load_good();
  const std::string text = to_toml(settings_);
  write(text);
  load_good();
  std::string again = to_toml(settings_);
  const auto without_origins = [](std::string shown) {
    std::string plain;
    for (std::size_t begin = 0; begin < shown.size();) {
      const std::size_t end = shown.find('\n', begin);
      const std::string line = shown.substr(begin, end - begin);
      plain += line.substr(0, line.find("  # ")) + "\n";
      begin = end + 1;
    }
    return plain;
  };
  EXPECT_EQ(without_origins(again), without_origins(text));
}

}  // namespace
}  // namespace shoal::config
