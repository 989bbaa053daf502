// Goal: a host's answers become tables for people, whatever is missing in them. Method: documents as a host
// sends them.
#include "host/command/status_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

TEST(StatusText, ShowsHostSourcesSinksAndTypes) {
  const std::string text = status_text(Json::parse(R"({
    "ready": true, "reasons": [], "node": "a", "version": "0.1.0", "entities": 4043,
    "record_latency": {"p50_us": 1.5, "p99_us": 20},
    "sources": [{"name": "flights", "type": "aircraft", "topics": ["flights", "more"], "state": "running",
                 "reason": null, "lag": null, "in_total": 100, "done_total": 90, "dead_letters_total": 7,
                 "in_flight": 3, "partitions": []}],
    "sinks": [{"name": "alerts", "topic": "out", "emitted_total": 5,
     "acknowledged_total": 4, "failed_total": 0,
               "in_flight": 1}],
    "types": [{"name": "aircraft", "module": "m", "generation": 1, "shards": 8, "entities": 4043,
               "parked": 2}]})"));
  EXPECT_EQ(text,
            "host a: ready, version 0.1.0, 4043 entities active\n"
            "\n"
            "SOURCE   TYPE      TOPICS        STATE    IN   DONE  DEAD LETTERS  IN FLIGHT  LAG\n"
            "flights  aircraft  flights,more  running  100  90    7             3          -\n"
            "\n"
            "SINK    TOPIC  EMITTED  ACKNOWLEDGED  FAILED  IN FLIGHT\n"
            "alerts  out    5        4             0       1\n"
            "\n"
            "TYPE      MODULE  GENERATION  SHARDS  ENTITIES  PARKED\n"
            "aircraft  m       1           8       4043      2\n"
            "\n"
            "record latency: p50 1.5 us, p99 20 us\n");
}

TEST(StatusText, SaysWhyAHostIsNotReady) {
  const std::string text =
      status_text(Json::parse(R"({"ready": false, "reasons": ["source flights: no broker"], "node": "a"})"));
  EXPECT_THAT(text, HasSubstr("host a: not ready"));
  EXPECT_THAT(text, HasSubstr("\n  source flights: no broker\n"));
}

TEST(StatusText, SaysHowMuchWasLost) {
  const std::string text = status_text(
      Json::parse(R"({"sources": [5, {"name": "a", "lost_total": 0}, {"name": "b", "lost_total": 95}]})"));
  EXPECT_THAT(text, HasSubstr("\n  source b: at most 95 records were gone before they were read\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("source a")));
}

TEST(StatusText, TakesAnyDocument) {
  for (const char* document :
       {"{}", R"({"ready": "yes", "reasons": 5, "sources": [5], "sinks": {}})", "[]", "5"}) {
    EXPECT_THAT(status_text(Json::parse(document)), HasSubstr("not ready")) << document;
  }
}

TEST(StatusText, CannotSteerATerminal) {
  EXPECT_EQ(status_text(Json::parse("{\"node\": \"a\\u001b[2J\"}")).find('\x1b'), std::string::npos);
  EXPECT_EQ(status_text(Json::parse("{\"node\": {\"a\": \"\\u007f\"}}")).find('\x7f'), std::string::npos)
      << "also where it stands in what is no text";
}

TEST(ModulesText, ListsModules) {
  EXPECT_EQ(modules_text(Json::parse(R"({"modules": [{"id": "aircraft", "version": "1", "built_with": "g++",
      "sha256": "00", "path": "/m/aircraft.so", "generation": 1, "types": ["aircraft", "other"]}]})")),
            "MODULE    VERSION  GENERATION  TYPES           PATH\n"
            "aircraft  1        1           aircraft,other  /m/aircraft.so\n");
  EXPECT_EQ(modules_text(Json::parse(R"({"modules": []})")), "no modules\n");
  EXPECT_EQ(modules_text(Json::parse("5")), "no modules\n");
}

}  // namespace
}  // namespace shoal::command
