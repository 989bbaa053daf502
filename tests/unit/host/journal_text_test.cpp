// Goal: what a log says of an entity is shown with its time and place, and nothing of other entities. Method:
// records of each kind, as JSON.
#include "host/journal_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace shoal::host {
namespace {

using Shown = nlohmann::ordered_json;

constexpr std::uint32_t flights_number = 7;  // the number of a topic
constexpr std::uint32_t unknown_topic = 8;
const TopicNames topic_names{{flights_number, "flights"}};

Shown shown(const journal::RecordBody& body) {
  const journal::RecordHeader header{
      {journal::TypeNumber(1), ShardId(3)}, journal::Epoch(2), journal::Sequence(9), journal::kind_of(body)};
  return json_of_history({header, body}, "a", topic_names);
}

TEST(HistoryText, ATurnSaysItsTimeItsEventsAndWhereItsRecordCameFrom) {
  constexpr std::array events = {journal::Event{1, 2, "landed"}, journal::Event{0, 1, "\xff"}};
  constexpr std::array sources = {journal::SourcePosition{flights_number, 5, 40, 38, 1'000, 77}};
  const std::array emits = {journal::Emit{"alerts", std::nullopt, "late", {}}};
  constexpr std::array reminders = {journal::Reminder{"a", "check", 2'000, ""}};
  journal::Effects effects;
  effects.now_ms = 1'500;
  effects.module_version = "1.2.3";
  effects.sources = sources;
  effects.emits = emits;
  effects.reminders = reminders;
  effects.emits_done = journal::EmitId{journal::Sequence(4), 0};
  EXPECT_EQ(shown(journal::Turn{"a", 12, 1, events, effects}), Shown::parse(R"({
    "shard": 3, "epoch": 2, "sequence": 9, "kind": "turn", "time_ms": 1500, "revision": 12,
    "module_version": "1.2.3",
    "events": [{"event": 1, "version": 2, "bytes": "landed"},
               {"event": 0, "version": 1, "bytes": {"base64": "/w=="}}],
    "sources": [{"topic": "flights", "partition": 5, "offset": 40, "finished_below": 38,
                 "timestamp_ms": 1000}],
    "emits": [{"sink": "alerts", "key": null, "value": "late"}],
    "reminders": [{"name": "check", "due_ms": 2000, "payload": ""}]})"));
}

TEST(HistoryText, AStateIsThatOfTheEntityAndThePlacesAreOfItsBatch) {
  constexpr std::array states = {journal::StoredState{"b", 5, 1, "other"},
                                 journal::StoredState{"a", 6, 1, "own"}};
  constexpr std::array sources = {journal::SourcePosition{flights_number, 5, 40},
                                  journal::SourcePosition{unknown_topic, 0, 3},
                                  journal::SourcePosition{flights_number, 5, 39, 0, 0, 0, 1},
                                  journal::SourcePosition{flights_number, 5, 45}};
  constexpr std::array reminders = {journal::Reminder{"b", "check", 2'000, ""},
                                    journal::Reminder{"a", "check", journal::reminder_cancelled, ""}};
  const std::array emits = {journal::Emit{"alerts", std::nullopt, "of nobody knows whom", {}}};
  journal::Effects effects;
  effects.now_ms = 1'500;
  effects.module_version = "1.2.3";
  effects.sources = sources;
  effects.emits = emits;
  effects.reminders = reminders;
  EXPECT_EQ(shown(journal::States{states, effects}), Shown::parse(R"({
    "shard": 3, "epoch": 2, "sequence": 9, "kind": "state", "time_ms": 1500, "module_version": "1.2.3",
    "revision": 6, "state_version": 1, "state": "own",
    "batch_sources": [{"topic": "flights", "partition": 5, "first": 38, "last": 45},
                      {"source": 8, "partition": 0, "first": 3, "last": 3}],
    "reminders": [{"name": "check", "cancelled": true}]})"));
}

TEST(HistoryText, ASnapshotHasNoTime) {
  EXPECT_EQ(shown(journal::Snapshot{{"a", 6, 2, "own"}, "1.2.3"}), Shown::parse(R"({
    "shard": 3, "epoch": 2, "sequence": 9, "kind": "snapshot", "module_version": "1.2.3", "revision": 6,
    "state_version": 2, "state": "own"})"));
  constexpr std::array<std::string_view, 2> entities = {"a", "b"};
  EXPECT_EQ(shown(journal::EntitiesStarted{entities}),
            Shown::parse(R"({"shard": 3, "epoch": 2, "sequence": 9, "kind": "entity_started"})"));
}

TEST(CompactionText, SaysWhatGoes) {
  journal::Compaction::OfShard shard{{"list", ShardId(1)}, std::nullopt, journal::Epoch(0), 0};
  EXPECT_EQ(json_of(shard), Shown::parse(R"({"type": "list", "shard": 1, "checkpoint": null, "claims": 0})"));
  shard.checkpoint = journal::Sequence(7);
  shard.claims = 2;
  EXPECT_EQ(json_of(shard), Shown::parse(R"({"type": "list", "shard": 1, "checkpoint": 7, "claims": 2})"));
  EXPECT_EQ(json_of(journal::Compaction::OfGeneration{journal::Generation(255), true, {0, 1}, {4}, 300}),
            Shown::parse(R"({"generation": "00000000000000ff", "segments": 2, "spares": 1, "bytes": 300,
                             "goes": true})"));
}

TEST(LineText, IsOneLineWhateverANameHas) {
  EXPECT_EQ(line_of({{"type", "a\xff\nb"}}), "{\"type\":\"a\xef\xbf\xbd\\nb\"}");
}

}  // namespace
}  // namespace shoal::host
