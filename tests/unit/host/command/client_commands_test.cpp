// Goal: what the client commands send, print and end with. Method: runs the built program against a real
// management server over a fake host, and against nothing at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "host/management/server.hpp"
#include "tests/unit/host/command/shoal_process.hpp"
#include "tests/unit/host/management/fake_host.hpp"

namespace shoal::command {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ClientCommands : public testing::Test {
 protected:
  // Starts the server with the first command, so that what the fake host answers is set before its thread
  // runs.
  Outcome run(std::vector<std::string> arguments) {
    if (!server_) start_server();
    const std::string management = "127.0.0.1:" + std::to_string(server_->port());
    // In front of `--`, which ends the options.
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    arguments.insert(arguments.insert(end, management), "--management");
    return run_shoal(arguments);
  }

  // What the fake host kept may be read once its thread has ended.
  management::FakeHost& stopped_host() {
    server_->stop();
    return host_;
  }

  management::FakeHost host_;
  std::optional<management::Server> server_;

 private:
  void start_server() {
    management::ServerOptions options;
    options.port = 0;
    auto started = management::Server::start(options, host_);
    if (!started) throw std::runtime_error(started.error().message);
    server_.emplace(std::move(started).value());
  }
};

TEST_F(ClientCommands, AskPrintsTheReplyAsOneLine) {
  host_.ask_result =
      management::Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "{\n \"flights\": 3, \"x\": 1.0\n}", ""};
  const Outcome outcome = run({"ask", "aircraft", "N14228", "summary"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\"flights\":3,\"x\":1.0}\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(ClientCommands, AskSendsIdBodyAndTimeoutAsTheyAre) {
  const std::string id = "a/b c%\xc3\xa9?#\xff";
  EXPECT_EQ(
      run({"ask", "aircraft", id, "fly \"far\"", "{\"miles\": 18446744073709551615}", "--timeout", "3s"})
          .exit_code,
      0);
  const auto& asked = stopped_host().asked;
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].type, "aircraft");
  EXPECT_EQ(asked[0].id, id);
  EXPECT_EQ(asked[0].message, "fly \"far\"");
  EXPECT_EQ(asked[0].body, "{\"miles\": 18446744073709551615}");
  EXPECT_EQ(asked[0].timeout_ms, 3'000U);
}

TEST_F(ClientCommands, AskWithoutABodySendsNoneAndWaitsFiveSeconds) {
  run({"ask", "aircraft", "--", "-1", "summary"});
  const auto& asked = stopped_host().asked;
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].id, "-1");
  EXPECT_EQ(asked[0].body, "");
  EXPECT_EQ(asked[0].timeout_ms, 5'000U);
}

TEST_F(ClientCommands, AnAskThatIsRefusedEndsWithOneAndTheHostsWords) {
  host_.ask_result = error(ErrorCode::not_found, "type aircraft has no message summary: see module list");
  const Outcome outcome = run({"ask", "aircraft", "N1", "summary"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("shoal: host 127.0.0.1:"));
  EXPECT_THAT(outcome.err, HasSubstr("type aircraft has no message summary: see module list (HTTP 404)"));
}

TEST_F(ClientCommands, AnAskThatIsNotAnsweredInTimeEndsWithOne) {
  host_.ask_result = error(ErrorCode::deadline, "the deadline passed before the entity's turn");
  const Outcome outcome = run({"ask", "aircraft", "N1", "summary", "--timeout", "50ms"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("(HTTP 504)"));
}

TEST_F(ClientCommands, TellIsAccepted) {
  EXPECT_EQ(run({"tell", "aircraft", "N1", "flight", "{\"a\":1}"}).out, "accepted\n");
  const Outcome outcome = run({"tell", "aircraft", "N1", "flight", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(json::parse(outcome.out), json::parse("{\"accepted\": true}"));
  const auto& told = stopped_host().told;
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].body, "{\"a\":1}");
  EXPECT_EQ(told[1].body, "");
}

TEST_F(ClientCommands, TellWaitsForItsReceipt) {
  EXPECT_EQ(run({"tell", "aircraft", "N1", "flight", "--receipt", "processed", "--timeout", "7s"}).out,
            "processed\n");
  EXPECT_EQ(run({"tell", "aircraft", "N1", "flight", "1", "--receipt", "accepted", "--format", "json"}).out,
            "{\"receipt\":\"accepted\"}\n");
  EXPECT_EQ(run({"tell", "aircraft", "N1", "flight", "--receipt", "done"}).exit_code, 2);
  EXPECT_EQ(run({"tell", "aircraft", "N1", "flight", "--receipt", "none"}).out, "accepted\n");
  const auto& asked = stopped_host().asked;
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].receipt, "processed");
  EXPECT_EQ(asked[0].timeout_ms, 7'000U);
  EXPECT_EQ(asked[1].body, "1");
  EXPECT_EQ(host_.told.size(), 1U);
}

TEST_F(ClientCommands, AReceiptThatCannotBeHadEndsWithOneAndTheHostsWords) {
  host_.ask_result =
      management::Reply{SHOAL_STATUS_UNSUPPORTED, SHOAL_CODEC_JSON, "", "the type is not durable"};
  const Outcome outcome = run({"tell", "aircraft", "N1", "flight", "--receipt", "persisted"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("the type is not durable (HTTP 501)"));
  EXPECT_EQ(stopped_host().asked.at(0).receipt, "persisted");
}

TEST_F(ClientCommands, EntityShowPrintsTheState) {
  host_.describe_result = std::string{R"({"flights":3})"};
  EXPECT_EQ(run({"entity", "show", "aircraft", "N1"}).out, "{\n  \"flights\": 3\n}\n");
  const Outcome outcome = run({"entity", "show", "aircraft", "N 1", "--format", "json"});
  EXPECT_EQ(json::parse(outcome.out),
            json::parse(R"({"type":"aircraft","id":"N%201","state":{"flights":3}})"));
  EXPECT_EQ(stopped_host().described_id, "N 1");
}

TEST_F(ClientCommands, EntityListPrintsOneIdALine) {
  host_.list_result = std::vector<std::string>{"a", "b c", "d"};
  const Outcome all = run({"entity", "list", "aircraft"});
  EXPECT_EQ(all.out, "a\nb%20c\nd\n");
  EXPECT_EQ(all.err, "");
  const Outcome some = run({"entity", "list", "aircraft", "--limit", "2"});
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_EQ(some.out, "a\nb%20c\n");
  EXPECT_THAT(some.err, HasSubstr("there are more"));
  const Outcome as_json = run({"entity", "list", "aircraft", "--limit", "2", "--format", "json"});
  EXPECT_EQ(json::parse(as_json.out),
            json::parse(R"({"type":"aircraft","ids":["a","b%20c"],"truncated":true})"));
}

TEST_F(ClientCommands, EntityParkedPrintsATable) {
  EXPECT_EQ(run({"entity", "parked", "aircraft"}).out, "no parked entities\n");
  stopped_host().parked_result = std::vector<management::ParkedEntity>{
      {"a b", 1'384'000'000'250, 3, "told\x1b so"}, {"c", 0, 1, "again"}};
  server_.reset();
  EXPECT_EQ(run({"entity", "parked", "aircraft"}).out,
            "ENTITY  SINCE                 FAILURES  REASON\n"
            "a%20b   2013-11-09T12:26:40Z  3         told? so\n"
            "c       1970-01-01T00:00:00Z  1         again\n");
  const Outcome some = run({"entity", "parked", "aircraft", "--limit", "1"});
  EXPECT_THAT(some.err, HasSubstr("there are more"));
  const Outcome as_json = run({"entity", "parked", "aircraft", "--limit", "1", "--format", "json"});
  EXPECT_EQ(json::parse(as_json.out).at("parked").at(0).at("since_ms"), 1'384'000'000'250);
  EXPECT_EQ(json::parse(as_json.out).at("truncated"), true);
}

TEST_F(ClientCommands, EntityHistoryPrintsALineARecordPageAfterPage) {
  host_.history_result = std::vector<std::string>{R"({"sequence":8})", R"({ "sequence" : 9 })"};
  host_.history_next = 12;
  const Outcome all = run({"entity", "history", "aircraft", "a b", "--from", "7"});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_EQ(all.out, "{\"sequence\":8}\n{\"sequence\":9}\n{\"sequence\":8}\n{\"sequence\":9}\n");
  EXPECT_EQ(all.err, "");
  ASSERT_EQ(stopped_host().history_queries.size(), 2U);
  EXPECT_EQ(host_.history_id, "a b");
  EXPECT_EQ(host_.history_queries[0].from, 7U);
  EXPECT_EQ(host_.history_queries[0].limit, 1000U);
  EXPECT_EQ(host_.history_queries[1].from, 12U);
  EXPECT_EQ(host_.history_queries[1].limit, 998U);
  host_.history_next = 12;
  server_.reset();
  const Outcome some = run({"entity", "history", "aircraft", "a", "--limit", "2"});
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_THAT(some.err, HasSubstr("there is more: --from 12"));
}

TEST_F(ClientCommands, EntityHistorySaysWhyThereIsNone) {
  host_.history_result = error(ErrorCode::refused, "its durability is none");
  const Outcome outcome = run({"entity", "history", "aircraft", "a"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("its durability is none (HTTP 422)"));
}

TEST_F(ClientCommands, EntityUnparkSaysSoOrWhyNot) {
  EXPECT_EQ(run({"entity", "unpark", "aircraft", "a b"}).out, "unparked\n");
  EXPECT_EQ(stopped_host().unparked_id, "a b");
  host_.unpark_result = error(ErrorCode::not_found, "the entity is not parked");
  server_.reset();
  const Outcome outcome = run({"entity", "unpark", "aircraft", "c", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("the entity is not parked (HTTP 404)"));
}

TEST_F(ClientCommands, DeadLettersAreLinesOrJson) {
  management::DeadLetter ask{
      9, 1'384'000'000'250, "ask", "parked", "told\x1b so", "aircraft", "a b", "summary", 12, {}, {}};
  ask.sender = {"aircraft", "N1"};
  management::DeadLetter record{12, 0, "record", "key_missing", "", "aircraft", "", "flight", 3, {}, {}};
  record.position = {"flights", 3, 40};
  const management::DeadLetterPage page{{ask, record}, 12, 0};
  host_.dead_letter_page = page;
  EXPECT_EQ(
      run({"dead-letters", "--limit", "7"}).out,
      "2013-11-09T12:26:40Z ask aircraft/a%20b summary, 12 bytes: parked: told? so, from aircraft/N1\n"
      "1970-01-01T00:00:00Z record aircraft/- flight, 3 bytes: key_missing, from flights/3 offset 40\n");
  stopped_host().dead_letter_page = page;
  EXPECT_EQ(host_.dead_letters_limit, 7U);
  server_.reset();
  const json document = json::parse(run({"dead-letters", "--format", "json"}).out);
  EXPECT_EQ(document.at("last"), 12);
  EXPECT_EQ(document.at("dead_letters").at(1).at("position").at("offset"), 40);
  EXPECT_EQ(run({"dead-letters"}).out, "");
  EXPECT_EQ(run({"dead-letters", "--limit", "0"}).exit_code, 2);
}

TEST_F(ClientCommands, TypeSetSaysWhatCountsNowOrWhyNot) {
  EXPECT_EQ(run({"type", "set", "aircraft", "active_entities_max=7"}).out, "active_entities_max = 7\n");
  EXPECT_EQ(run({"type", "set", "aircraft", "active_entities_max=none"}).out, "active_entities_max = none\n");
  EXPECT_EQ(run({"type", "set", "aircraft", "active_entities_max=7", "--format", "json"}).out,
            "{\"type\":\"aircraft\",\"active_entities_max\":7}\n");
  EXPECT_EQ(run({"type", "set", "aircraft", "shards=7"}).exit_code, 2);
  EXPECT_EQ(stopped_host().changed_type, "aircraft");
  host_.change_result = error(ErrorCode::not_found, "no such type");
  server_.reset();
  const Outcome outcome = run({"type", "set", "aircraft", "active_entities_max=7"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no such type (HTTP 404)"));
}

TEST_F(ClientCommands, StatusEndsWithTenUntilTheHostIsReady) {
  host_.status_value.node = "a";
  host_.status_value.reasons = {"source flights: no broker"};
  const Outcome waiting = run({"status"});
  EXPECT_EQ(waiting.exit_code, 10);
  EXPECT_THAT(waiting.out, HasSubstr("host a: not ready"));
  EXPECT_THAT(waiting.out, HasSubstr("source flights: no broker"));
  const Outcome as_json = run({"status", "--format", "json"});
  EXPECT_EQ(as_json.exit_code, 10);
  EXPECT_EQ(json::parse(as_json.out).at("ready"), false);
}

TEST_F(ClientCommands, StatusOfAReadyHostEndsWithZero) {
  host_.status_value.ready = true;
  host_.status_value.entities = 4'043;
  const Outcome outcome = run({"status", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("entities"), 4'043);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
}

TEST_F(ClientCommands, ModuleLoadSendsTheWholePath) {
  host_.load_result = management::ModuleInfo{"aircraft", "1", "g++", "00", "/m/a.so", 1, {"aircraft"}};
  const Outcome outcome = run({"module", "load", "sub/../a.so"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("aircraft  1        1           aircraft  /m/a.so\n"));
  EXPECT_EQ(stopped_host().loaded_path, (std::filesystem::current_path() / "a.so").string());
}

TEST_F(ClientCommands, AModuleThatIsRefusedEndsWithOne) {
  host_.load_result = error(ErrorCode::refused, "/m/a.so lies outside node.module_directories");
  const Outcome outcome = run({"module", "load", "/m/a.so"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("lies outside node.module_directories (HTTP 422)"));
}

TEST_F(ClientCommands, ModuleListShowsModules) {
  host_.module_list = {{"aircraft", "1", "g++", "00", "/m/a.so", 1, {"aircraft"}}};
  EXPECT_THAT(run({"module", "list"}).out, HasSubstr("/m/a.so"));
  const Outcome outcome = run({"module", "list", "--format", "json"});
  EXPECT_EQ(json::parse(outcome.out).at("modules").at(0).at("id"), "aircraft");
}

TEST(WithoutAHost, EveryClientCommandEndsWith69AndNamesTheHost) {
  const std::vector<std::vector<std::string>> commands = {{"status"},
                                                          {"ask", "a", "1", "m"},
                                                          {"tell", "a", "1", "m"},
                                                          {"entity", "show", "a", "1"},
                                                          {"entity", "list", "a"},
                                                          {"entity", "history", "a", "1"},
                                                          {"entity", "parked", "a"},
                                                          {"entity", "unpark", "a", "1"},
                                                          {"module", "load", "/a.so"},
                                                          {"module", "list"}};
  for (std::vector<std::string> command : commands) {
    // Nothing listens on port 1.
    command.insert(command.end(), {"--management", "127.0.0.1:1"});
    const Outcome outcome = run_shoal(command);
    EXPECT_EQ(outcome.exit_code, 69) << command[0];
    EXPECT_THAT(outcome.err, testing::StartsWith("shoal: ")) << command[0];
    EXPECT_THAT(outcome.err, HasSubstr("127.0.0.1:1")) << command[0];
    EXPECT_EQ(outcome.out, "") << command[0];
  }
}

TEST(WithoutAHost, AHostThatSaysNothingIsUnreachable) {
  // The kernel accepts the connection, nobody answers.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string name = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const Outcome outcome = run_shoal({"status", "--timeout", "1ms", "--management", name});
  ::close(listener);
  EXPECT_EQ(outcome.exit_code, 69);
  EXPECT_THAT(outcome.err, HasSubstr(name));
}

TEST(LocalCommands, ModuleCheckOfWhatIsNoModuleEndsWithOne) {
  const std::string file = testing::TempDir() + "shoal_no_module_" + std::to_string(::getpid()) + ".so";
  std::ofstream(file) << "not a shared library";
  const Outcome outcome = run_shoal({"module", "check", file});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("problem:"));
  const Outcome as_json = run_shoal({"module", "check", file, "--format", "json"});
  EXPECT_EQ(as_json.exit_code, 1);
  EXPECT_EQ(json::parse(as_json.out).at("passed"), false);
  std::filesystem::remove(file);
}

TEST(LocalCommands, FeedOfAFileThatIsNotThereEndsWithOne) {
  const Outcome outcome =
      run_shoal({"feed", "csv", "/no/such.csv", "--topic", "t", "--key", "k", "--bootstrap", "127.0.0.1:1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/no/such.csv"));
}

}  // namespace
}  // namespace shoal::command
