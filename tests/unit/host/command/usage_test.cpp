// Goal: the command line's own answers: help, version, usage errors (2), configuration errors (78). Method:
// runs the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/host/command/shoal_process.hpp"

namespace shoal::command {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::vector<std::string>> commands = {{"run"},
                                                        {"check-config"},
                                                        {"print-config"},
                                                        {"dev", "kafka"},
                                                        {"feed", "csv"},
                                                        {"ask"},
                                                        {"tell"},
                                                        {"entity", "show"},
                                                        {"entity", "list"},
                                                        {"entity", "history"},
                                                        {"entity", "parked"},
                                                        {"entity", "unpark"},
                                                        {"dead-letters"},
                                                        {"type", "set"},
                                                        {"journal", "ls"},
                                                        {"journal", "stat"},
                                                        {"journal", "dump"},
                                                        {"journal", "verify"},
                                                        {"journal", "compact"},
                                                        {"module", "check"},
                                                        {"module", "load"},
                                                        {"module", "list"},
                                                        {"status"},
                                                        {"top"},
                                                        {"completion"}};

TEST(Usage, EveryCommandHasHelp) {
  EXPECT_EQ(run_shoal({"--help"}).exit_code, 0);
  for (std::vector<std::string> command : commands) {
    command.emplace_back("--help");
    const Outcome outcome = run_shoal(command);
    EXPECT_EQ(outcome.exit_code, 0) << command[0];
    EXPECT_THAT(outcome.out, HasSubstr("Usage: ")) << command[0];
    EXPECT_EQ(outcome.err, "") << command[0];
  }
}

TEST(Usage, VersionNamesTheModuleAbi) {
  const Outcome outcome = run_shoal({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out,
              testing::MatchesRegex("shoal [0-9]+\\.[0-9]+\\.[0-9]+ \\(module ABI (draft )?[0-9]+\\)\n"));
}

TEST(Usage, MistakesEndWithTwo) {
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"rnu"},
      {"dev"},
      {"entity"},
      {"run", "--no-such-option"},
      {"run", "extra"},
      {"ask", "aircraft", "N1"},
      {"ask", "aircraft", "N1", "summary", "{not json"},
      {"ask", "aircraft", "N1", "summary", "--timeout", "5"},
      {"status", "--management", "host:port"},
      {"status", "--format", "xml"},
      {"status", "--watch", "often"},
      {"entity", "show", "aircraft", "N1", "--watch", "often"},
      {"top", "--interval", "0"},
      {"top", "--format", "json"},
      {"completion"},
      {"completion", "tcsh"},
      {"entity", "list", "aircraft", "--limit", "0"},
      {"entity", "history", "aircraft"},
      {"entity", "history", "aircraft", "N1", "--limit", "0"},
      {"entity", "history", "aircraft", "N1", "--from", "x"},
      {"dev", "kafka"},
      {"dev", "kafka", "--topic", "flights"},
      {"feed", "csv", "a.csv", "--topic", "t", "--key", "k"},
      {"feed", "csv", "a.csv", "--topic", "t", "--key", "k", "--bootstrap", "b:1", "--rate", "0"}};
  for (const auto& mistake : mistakes) {
    const Outcome outcome = run_shoal(mistake);
    EXPECT_EQ(outcome.exit_code, 2) << testing::PrintToString(mistake);
    EXPECT_THAT(outcome.err, StartsWith("shoal: ")) << testing::PrintToString(mistake);
    EXPECT_EQ(outcome.out, "") << testing::PrintToString(mistake);
  }
}

class ConfigCommands : public testing::Test {
 protected:
  ~ConfigCommands() override { std::filesystem::remove(file_); }

  void write(const std::string& text) { std::ofstream(file_) << text; }

  const std::string file_ = testing::TempDir() + "shoal_config_" + std::to_string(::getpid()) + ".toml";
};

TEST_F(ConfigCommands, AGoodFileIsOk) {
  write("[node]\nlanes = 2\n");
  const Outcome outcome = run_shoal({"check-config", "--config", file_});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, file_ + ": ok\n");
}

TEST_F(ConfigCommands, EveryMistakeIsNamedAndEndsWith78) {
  write("[node]\nlane = 2\n[log]\nlevel = 5\n");
  for (const char* command : {"run", "check-config", "print-config"}) {
    const Outcome outcome = run_shoal({command, "--config", file_, "--set", "node.lanes=0"});
    EXPECT_EQ(outcome.exit_code, 78) << command;
    EXPECT_EQ(outcome.err, "shoal: " + file_ + ":2:1: unknown key 'node.lane': did you mean 'node.lanes'?\n" +
                               "shoal: " + file_ +
                               ":4:9: 'log.level' must be a text in quotes, not a whole number\n" +
                               "shoal: --set node.lanes: 'node.lanes' must be 1 to 1024 threads, not 0\n")
        << command;
    EXPECT_EQ(outcome.out, "") << command;
  }
}

TEST_F(ConfigCommands, AKeyThatBreaksAlignmentIsRefused) {
  const Outcome outcome = run_shoal({"check-config", "--set", "kafka.client.enable.auto.commit=true"});
  EXPECT_EQ(outcome.exit_code, 78);
  EXPECT_THAT(outcome.err, HasSubstr("enable.auto.commit"));
}

TEST_F(ConfigCommands, AFileThatIsNotThereEndsWith78) {
  const Outcome outcome = run_shoal({"run", "--config", "/no/such/file.toml"});
  EXPECT_EQ(outcome.exit_code, 78);
  EXPECT_THAT(outcome.err, HasSubstr("/no/such/file.toml: the file cannot be opened"));
}

TEST_F(ConfigCommands, ExplainSaysWhatAKeyMeansAndReadsNoFile) {
  const Outcome outcome = run_shoal({"print-config", "--explain", "node.lanes"}, {"SHOAL_NODE__LANES=none"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("node.lanes: Worker threads that run entities.\n"));
  EXPECT_THAT(outcome.out, HasSubstr("a whole number, 1 to 1024 threads\n"));
  const Outcome unknown = run_shoal({"print-config", "--explain", "node.lane"});
  EXPECT_EQ(unknown.exit_code, 78);
  EXPECT_EQ(unknown.out, "");
  EXPECT_EQ(unknown.err, "shoal: unknown key 'node.lane': did you mean 'node.lanes'?\n");
}

TEST_F(ConfigCommands, PrintConfigShowsOriginsAndMasksSecrets) {
  write("[node]\nlanes = 2\n[kafka.client]\nsasl.password = \"hunter2\"\n");
  const Outcome outcome =
      run_shoal({"print-config", "--config", file_, "--set", "log.level=debug"},
                {"SHOAL_LOG__FORMAT=json", "SHOAL_KAFKA__CLIENT__SSL__KEY__PASSWORD=hunter2"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("lanes = 2  # " + file_ + ":2:1\n"));
  EXPECT_THAT(outcome.out, HasSubstr("level = \"debug\"  # --set log.level\n"));
  EXPECT_THAT(outcome.out, HasSubstr("format = \"json\"  # environment SHOAL_LOG__FORMAT\n"));
  EXPECT_THAT(outcome.out, HasSubstr("shutdown_grace_ms = 20000  # default\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\"sasl.password\" = \"********\""));
  EXPECT_THAT(outcome.out, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace shoal::command
