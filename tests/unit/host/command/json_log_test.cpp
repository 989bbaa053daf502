// Goal: a host whose log is JSON writes nothing else to stderr. Method: runs the built program with modules
// of hostile names and a management port that is taken, so that it ends by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "host/management/server.hpp"
#include "tests/unit/host/command/shoal_process.hpp"
#include "tests/unit/host/management/fake_host.hpp"

namespace shoal::command {
namespace {

TEST(JsonLog, AHostWritesAnObjectALineWhateverItHasToSay) {
  management::FakeHost other;
  management::ServerOptions options;
  options.port = 0;
  const auto server = management::Server::start(options, other);
  ASSERT_TRUE(server) << server.error().message;
  const std::string directory = testing::TempDir() + "shoal_json_log_" + std::to_string(::getpid());
  const Outcome outcome = run_shoal(
      {"run", "--set", "log.format=json", "--set", "node.lanes=1", "--set", "node.data_dir=" + directory,
       "--set", "node.management_port=" + std::to_string(server.value().port()), "--set",
       R"(modules=[{path="/no/such/\"a\\b.so"}, {path="/no/such/c\nd\u001b[2J\u007f.so"}])"});
  std::filesystem::remove_all(directory);
  EXPECT_EQ(outcome.exit_code, 1);
  std::istringstream text(outcome.err);
  std::string messages;
  for (std::string line; std::getline(text, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    messages += entry.at("message").get<std::string>() + "|";
  }
  EXPECT_THAT(messages, testing::HasSubstr("/no/such/\"a\\b.so"));
  EXPECT_THAT(messages, testing::HasSubstr("/no/such/c\nd\x1b[2J\x7f.so"));
  EXPECT_THAT(messages, testing::HasSubstr("node.management_port"));
}

}  // namespace
}  // namespace shoal::command
