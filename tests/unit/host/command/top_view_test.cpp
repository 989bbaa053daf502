// Goal: the page of `shoal top` shows what changed between two looks as rates, and "-" where nothing can be
// said. Method: pairs of status documents.
#include "host/command/top_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

Json status(int in_total, double processor_seconds) {
  Json document = Json::parse(R"({
    "ready": true, "reasons": [], "node": "a", "version": "0.1.0", "entities": 12,
    "record_latency": {"p50_us": 53.25, "p99_us": 1.5},
    "sources": [{"name": "flights", "type": "aircraft", "topics": ["flights"], "state": "running",
                 "lag": null, "in_total": 0, "done_total": 100, "dead_letters_total": 7, "in_flight": 3}],
    "sinks": [{"name": "alerts", "topic": "out", "emitted_total": 5, "acknowledged_total": 4,
               "failed_total": 1, "in_flight": 0}],
    "types": [{"name": "aircraft", "module": "m", "generation": 1, "shards": 8, "entities": 12}],
    "lanes": [{"lane": 0, "records_total": 40, "messages_total": 6, "message_dead_letters_total": 2}],
    "process": {"cpu_seconds_total": 0, "resident_memory_bytes": 157286400, "threads": 9, "open_fds": 20}})");
  document["sources"][0]["in_total"] = in_total;
  document["process"]["cpu_seconds_total"] = processor_seconds;
  return document;
}

TEST(TopPage, ShowsRatesOfTheTimeBetweenTwoLooks) {
  const std::string page = top_page(status(1'000, 10), status(4'000, 10.5), 2);
  EXPECT_EQ(page,
            "host a: ready, version 0.1.0, 12 entities active\n"
            "record latency: p50 53 us, p99 1.5 us\n"
            "process: processor 25 %, memory 150 MiB, threads 9, files 20\n"
            "\n"
            "SOURCE   TYPE      STATE    LAG  IN/S  DONE/S  DEAD LETTERS/S  IN FLIGHT\n"
            "flights  aircraft  running  -    1500  0       0               3\n"
            "\n"
            "TYPE      MODULE  GENERATION  SHARDS  ENTITIES\n"
            "aircraft  m       1           8       12\n"
            "\n"
            "SINK    TOPIC  EMITTED/S  ACKNOWLEDGED/S  FAILED  IN FLIGHT\n"
            "alerts  out    0          0               1       0\n"
            "\n"
            "LANE  RECORDS/S  MESSAGES/S  MESSAGE DEAD LETTERS\n"
            "0     0          0           2\n");
}

TEST(TopPage, TheFirstLookHasNoRates) {
  EXPECT_THAT(top_page(nullptr, status(1'000, 10), 5),
              HasSubstr("running  -    -     -       -               3\n"));
  EXPECT_THAT(top_page(nullptr, status(1'000, 10), 5), HasSubstr("processor -, memory 150 MiB"));
}

TEST(TopPage, AHostThatStartedAnewAndNewElementsHaveNoRates) {
  EXPECT_THAT(top_page(status(4'000, 10), status(1'000, 1), 1),
              HasSubstr("running  -    -     0       0               3\n"));
  Json before = status(0, 0);
  before["sources"][0]["name"] = "other";
  EXPECT_THAT(top_page(before, status(1'000, 0), 1),
              HasSubstr("running  -    -     -       -               3\n"));
}

TEST(TopPage, SlowRatesHaveATenth) {
  EXPECT_THAT(top_page(status(0, 0), status(3, 0), 2), HasSubstr("  1.5 "));
}

TEST(TopPage, TakesAnyDocument) {
  for (const char* text : {"{}", "5", "[]", "null", R"({"sources": 5, "lanes": [5, {}], "process": []})"}) {
    const Json document = Json::parse(text);
    EXPECT_THAT(top_page(document, document, 1), HasSubstr("not ready")) << text;
    EXPECT_THAT(top_page(status(0, 0), document, 0), HasSubstr("not ready")) << text;
  }
}

TEST(TopPage, CannotSteerATerminal) {
  Json hostile = status(0, 0);
  hostile["sources"][0]["name"] = "a\x1b[2J";
  EXPECT_THAT(top_page(nullptr, hostile, 1), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace shoal::command
