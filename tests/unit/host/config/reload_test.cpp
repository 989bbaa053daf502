// Goal: a configuration read again changes what can change and names all else, once and for all keys of the
// schema. Method: pairs of configurations, read as a host reads them.
#include "host/config/reload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "host/config/schema.hpp"

namespace shoal::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Loaded loaded(const std::string& text) {
  LoadOptions options;
  options.file = "host.toml";
  options.working_directory = "/etc";
  options.host_name = "machine";
  options.hardware_threads = 2;
  auto result = load_text(text, options);
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(result).value() : Loaded{};
}

TEST(Reload, OfTheSameChangesNothing) {
  Loaded running = loaded("[log]\nlevel = \"debug\"\n[[modules]]\npath = \"a.so\"\n");
  const Reload reload = take_over(running, loaded("log.level = \"debug\"\n[[modules]]\npath = \"a.so\"\n"));
  EXPECT_THAT(reload.changed, IsEmpty());
  EXPECT_THAT(reload.needs_restart, IsEmpty());
  EXPECT_THAT(reload.modules, IsEmpty());
}

TEST(Reload, TakesOverWhatCanChange) {
  Loaded running = loaded("");
  const std::string text =
      "[node]\nshutdown_grace_ms = 5\nlane_spin_us = 7\nmodule_directories = [\"m\"]\n"
      "[log]\nlevel = \"error\"\nformat = \"json\"\n";
  EXPECT_THAT(take_over(running, loaded(text)).changed,
              ElementsAre("log.format", "log.level", "node.lane_spin_us", "node.module_directories",
                          "node.shutdown_grace_ms"));
  EXPECT_EQ(running.config.node.shutdown_grace_ms, 5U);
  EXPECT_EQ(running.config.node.lane_spin_us, 7U);
  EXPECT_THAT(running.config.node.module_directories, ElementsAre("/etc/m"));
  EXPECT_EQ(running.config.log.level, "error");
  EXPECT_EQ(running.config.log.format, "json");
  EXPECT_THAT(take_over(running, loaded(text)).changed, IsEmpty()) << "it is in effect now";
}

TEST(Reload, NamesWhatTakesARestartEveryTime) {
  Loaded running = loaded("[kafka]\nbootstrap_servers = \"b:1\"\n");
  const Loaded next = loaded(
      "[node]\nlanes = 7\n[kafka]\nbootstrap_servers = \"b:1\"\n[types.a]\nshards = 4\n"
      "[[sinks]]\nname = \"s\"\ntopic = \"t\"\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(take_over(running, next).needs_restart,
                testing::IsSupersetOf({"node.lanes", "sinks[0].name", "sinks[0].topic", "types.a.shards"}));
  }
  EXPECT_EQ(running.config.node.lanes, 2U);
  EXPECT_THAT(running.config.sinks, IsEmpty());
  EXPECT_THAT(take_over(running, loaded("")).needs_restart, ElementsAre("kafka.bootstrap_servers"));
}

TEST(Reload, SeesASecretThatChangedAndDoesNotShowIt) {
  Loaded running = loaded("[kafka.client]\nsasl.password = \"one\"\n");
  const Reload reload = take_over(running, loaded("[kafka.client]\nsasl.password = \"two\"\n"));
  EXPECT_THAT(reload.needs_restart, ElementsAre("kafka.client.sasl.password"));
}

TEST(Reload, LoadsNewModulesAndNamesTheOthers) {
  Loaded running = loaded("[[modules]]\npath = \"a.so\"\n[[modules]]\npath = \"b.so\"\n");
  const Loaded next = loaded(
      "[[modules]]\npath = \"c.so\"\n[modules.config]\nx = 1\n[[modules]]\npath = \"a.so\"\n"
      "[modules.config]\nx = 1\n");
  const Reload reload = take_over(running, next);
  ASSERT_EQ(reload.modules.size(), 1U);
  EXPECT_EQ(reload.modules[0].path, "/etc/c.so");
  EXPECT_EQ(reload.modules[0].config.json, "{\"x\":1}");
  EXPECT_THAT(reload.needs_restart,
              ElementsAre("modules: config of /etc/a.so", "modules: /etc/b.so is gone"));
  EXPECT_THAT(take_over(running, next).modules, IsEmpty()) << "it is loaded now";
}

TEST(Reload, TakesOverTheLimitOfATypeAlsoWhereThereWasNone) {
  Loaded running = loaded("[types.a]\nshards = 4\n[types.b]\nactive_entities_max = 7\n");
  const std::string text = "[types.a]\nshards = 4\nactive_entities_max = 9\n[types.b]\n";
  for (const bool is_first : {true, false}) {
    const Reload reload = take_over(running, loaded(text));
    EXPECT_EQ(reload.changed.size(), is_first ? 2U : 0U);
    EXPECT_THAT(reload.needs_restart, IsEmpty());
    EXPECT_EQ(running.config.types[0].active_entities_max, 9U);
    EXPECT_EQ(running.config.types[1].active_entities_max, std::nullopt);
  }
}

TEST(Reload, ATypeThatHadNoTableTakesARestart) {
  Loaded running = loaded("");
  const Reload reload = take_over(running, loaded("[types.a]\nactive_entities_max = 9\n"));
  EXPECT_THAT(reload.needs_restart, testing::Contains("types.a.active_entities_max"));
  EXPECT_THAT(reload.changed, IsEmpty());
}

TEST(Schema, KeysThatChangeWhileAHostRunsStandInATable) {
  for (const Key& key : keys()) {
    const bool in_table = find_section(key.section)->kind == SectionKind::table;
    EXPECT_TRUE(key.take_over == nullptr || in_table) << pattern(key);
    EXPECT_TRUE(key.take_over_type == nullptr || key.section == "types") << pattern(key);
  }
}

}  // namespace
}  // namespace shoal::config
