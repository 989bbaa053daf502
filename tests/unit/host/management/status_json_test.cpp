// Goal: the status document has the members that scripts rely on, with null for what is unknown. Method: a
// full and an empty status read back.
#include "host/management/status_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace shoal::management {
namespace {

using Json = nlohmann::json;

SourceStatus source_of_flights() {
  SourceStatus source;
  source.name = "flights";
  source.type = "aircraft";
  source.topics = {"flights"};
  source.state = "running";
  source.lag = 7;
  source.in_total = 10;
  source.done_total = 6;
  source.dead_letters_total = 1;
  source.in_flight = 3;
  source.lost_total = 2;
  source.partitions.push_back({"flights", 0, std::nullopt, 10, 17, 7});
  return source;
}

TEST(StatusJson, HasEveryMember) {
  Status status;
  status.ready = true;
  status.node = "host-1";
  status.version = "0.1.0";
  status.entities = 12;
  status.record_latency.p50_us = 12.5;
  status.record_latency.p99_us = 99.0;
  status.sources.push_back(source_of_flights());
  status.sinks.push_back({"alerts", "alerts", 5, 3, 1, 1, 90});
  status.types.push_back({"aircraft", "aircraft", 2, 8, 12, 3, 70, 6, 4, 11, 5, 17, 19, 900});
  const StuckTurn long_turn{"invoice", "a/b", 3, "invoices", "1.0", 1'384'000'000'250, true};
  status.types.push_back({"invoice", "invoices", 3, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          BlockingStatus{16, 2, 700, 9, 4'096, 61.5, {long_turn}}});
  status.lanes.push_back({0, 30, 20, 4, 512, 60, 61, 62, 63, 64, 65, 66, 67, 68, 0, {}});
  const StuckTurn stuck{"aircraft", "a b", 2'000, "flying", "1.0", 1'384'000'000'250, true};
  status.lanes.push_back({1, 31, 21, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7.5, stuck});
  status.message_dead_letters = {{"deadline", 3}, {"no_shard", 0}};
  status.record_dead_letters = {{"undecodable", 2}};
  status.process = {1.5, 4'096, 8'192, 1'384'000'000.25, 7, 1'024, 3};
  status.memory = {1'000, 820, 30, true, 6};
  status.state_store = StateStoreStatus{7, 8, 9, 10};

  EXPECT_EQ(Json::parse(status_json(status)), Json::parse(R"({
    "ready": true, "reasons": [], "node": "host-1", "version": "0.1.0", "entities": 12,
    "record_latency": {"p50_us": 12.5, "p99_us": 99.0},
    "sources": [{"name": "flights", "type": "aircraft", "topics": ["flights"], "state": "running",
      "reason": null, "lag": 7, "in_total": 10, "done_total": 6, "dead_letters_total": 1, "in_flight": 3,
      "lost_total": 2, "partitions": [{"topic": "flights", "partition": 0, "committed": null, "position": 10,
                      "high_watermark": 17, "lag": 7}]}],
    "sinks": [{"name": "alerts", "topic": "alerts", "emitted_total": 5, "acknowledged_total": 3,
               "failed_total": 1, "in_flight": 1, "in_flight_bytes": 90}],
    "types": [{"name": "aircraft", "module": "aircraft", "generation": 2, "shards": 8, "entities": 12,
               "parked": 3, "kept_bytes": 70, "shed_total": 6, "stop_timeouts_total": 4,
               "remembered": 11, "remembered_to_start": 5, "reminders": 17,
               "reminders_run_total": 19, "active_entities_max": 900, "blocking": null},
              {"name": "invoice", "module": "invoices", "generation": 3, "shards": 4, "entities": 2,
               "parked": 0, "kept_bytes": 0, "shed_total": 0, "stop_timeouts_total": 0,
               "remembered": 0, "remembered_to_start": 0, "reminders": 0,
               "reminders_run_total": 0, "active_entities_max": null,
               "blocking": {"threads": 16, "running": 2, "turns_total": 700, "waiting": 9,
                            "waiting_bytes": 4096, "turn_seconds": 61.5,
                            "stuck": [{"type": "invoice", "id": "a%2Fb", "id_bytes": 3, "module": "invoices",
                                       "version": "1.0", "since_ms": 1384000000250, "on_stop": true}]}}],
    "lanes": [{"lane": 0, "records_total": 30, "messages_total": 20, "message_dead_letters_total": 4,
               "inbox_bytes": 512, "outbox_bytes": 60, "mail_bytes": 61, "asks": 62, "timers": 63,
               "tells": 64, "tells_resent_total": 65, "tells_repeated_total": 66,
               "journal_bytes": 67, "journal_freed_bytes_total": 68,
               "turn_seconds": 0.0, "stuck": null},
              {"lane": 1, "records_total": 31, "messages_total": 21, "message_dead_letters_total": 5,
               "inbox_bytes": 0, "outbox_bytes": 0, "mail_bytes": 0, "asks": 0, "timers": 0,
               "tells": 0, "tells_resent_total": 0, "tells_repeated_total": 0,
               "journal_bytes": 0, "journal_freed_bytes_total": 0,
               "turn_seconds": 7.5,
               "stuck": {"type": "aircraft", "id": "a%20b", "id_bytes": 2000, "module": "flying",
                         "version": "1.0", "since_ms": 1384000000250, "on_stop": true}}],
    "message_dead_letters": {"deadline": 3, "no_shard": 0}, "record_dead_letters": {"undecodable": 2},
    "process": {"cpu_seconds_total": 1.5, "resident_memory_bytes": 4096, "virtual_memory_bytes": 8192,
                "start_time_seconds": 1384000000.25, "open_fds": 7, "max_fds": 1024, "threads": 3},
    "memory": {"limit_bytes": 1000, "used_bytes": 820, "reusable_bytes": 30, "shedding": true,
               "shed_total": 6},
    "state_store": {"entities": 7, "disk_bytes": 8, "backlog_bytes": 9, "rebuilds_total": 10},
    "cluster": null, "config": {"last_reload": null}})"));
}

TEST(StatusJson, ACluster) {
  Status status;
  ClusterStatus cluster;
  cluster.view.cluster = "test";
  cluster.view.self = {"a:1", "first", 1, "Up", {}, true, {}};
  cluster.view.members = {cluster.view.self, {"b:1", "second", 2, "Exiting", {}, false, {"a:1"}}};
  cluster.view.leader = "a:1";
  cluster.channels = {{"membership", 1, 2, 3, 4}};
  cluster.dropped = {{"stranger", 5}};
  cluster.connections = 6;
  cluster.connections_made = 7;
  cluster.connections_lost = 8;
  cluster.connections_failed = 9;
  cluster.strangers_refused = 10;
  status.cluster = cluster;
  EXPECT_EQ(Json::parse(status_json(status))["cluster"], Json::parse(R"({
    "name": "test", "address": "a:1", "status": "Up", "converged": false, "leader": "a:1",
    "members": {"Joining": 0, "WeaklyUp": 0, "Up": 1, "Leaving": 0, "Exiting": 1, "Down": 0},
    "unreachable": 1,
    "connections": 6, "connections_made_total": 7, "connections_lost_total": 8, "connections_failed_total": 9,
    "strangers_refused_total": 10, "dropped": {"stranger": 5},
    "channels": [{"channel": "membership", "messages_out": 1, "messages_in": 2, "bytes_out": 3,
                  "bytes_in": 4}]})"));
}

TEST(StatusJson, SaysWhatCameOfReadingTheConfigurationAgain) {
  Status status;
  status.last_reload = {1'700'000'000'123, true, "", {"log.level"}, {"node.lanes"}};
  EXPECT_EQ(Json::parse(status_json(status))["config"]["last_reload"], Json::parse(R"({
    "time_ms": 1700000000123, "result": "applied", "reason": null, "changed": ["log.level"],
    "needs_restart": ["node.lanes"]})"));
  status.last_reload = {1, false, "a.toml:1:1: no", {}, {}};
  EXPECT_EQ(Json::parse(status_json(status))["config"]["last_reload"], Json::parse(R"({
    "time_ms": 1, "result": "refused", "reason": "a.toml:1:1: no", "changed": [], "needs_restart": []})"));
}

TEST(StatusJson, UnknownNumbersAreNullAndEmptyListsStayLists) {
  Status status;
  status.reasons = {"no broker answers"};
  status.sources.emplace_back();
  status.sources[0].partitions.emplace_back();
  const Json document = Json::parse(status_json(status));
  EXPECT_EQ(document["ready"], false);
  EXPECT_EQ(document["reasons"], Json::array({"no broker answers"}));
  EXPECT_EQ(document["sinks"], Json::array());
  EXPECT_EQ(document["types"], Json::array());
  EXPECT_TRUE(document["sources"][0]["lag"].is_null());
  EXPECT_EQ(document["sources"][0]["topics"], Json::array());
  for (const char* name : {"committed", "position", "high_watermark", "lag"}) {
    EXPECT_TRUE(document["sources"][0]["partitions"][0][name].is_null()) << name;
  }
}

TEST(StatusJson, TextThatIsNotUtf8IsShownNotThrown) {
  Status status;
  status.node = "\xff";
  EXPECT_EQ(Json::parse(status_json(status))["node"], "\xef\xbf\xbd");
}

TEST(StatusJson, Modules) {
  ModuleInfo module{"aircraft", "1.0", "g++ 12", "ab", "/m/aircraft.so", 3, {"aircraft"}};
  const Json expected =
      Json::parse(R"({"id": "aircraft", "version": "1.0", "built_with": "g++ 12", "sha256": "ab",
    "path": "/m/aircraft.so", "generation": 3, "types": ["aircraft"]})");
  EXPECT_EQ(Json::parse(module_json(module)), expected);
  EXPECT_EQ(Json::parse(modules_json({module})), Json({{"modules", Json::array({expected})}}));
  EXPECT_EQ(Json::parse(modules_json({})), Json({{"modules", Json::array()}}));
}

}  // namespace
}  // namespace shoal::management
