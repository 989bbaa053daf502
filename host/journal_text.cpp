#include "host/journal_text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "host/management/body_codec.hpp"
#include "host/management/percent.hpp"
#include "journal/hex.hpp"

namespace shoal::host {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t number) { return journal::hex(number, 16); }

const char* name_of(journal::RecordKind kind) {
  switch (kind) {
    case journal::RecordKind::turn:
      return "turn";
    case journal::RecordKind::state:
      return "state";
    case journal::RecordKind::snapshot:
      return "snapshot";
    case journal::RecordKind::checkpoint_begin:
      return "checkpoint_begin";
    case journal::RecordKind::checkpoint_part:
      return "checkpoint_part";
    case journal::RecordKind::checkpoint_end:
      return "checkpoint_end";
    case journal::RecordKind::renew:
      return "renew";
    case journal::RecordKind::closed:
      return "closed";
    case journal::RecordKind::entity_started:
      return "entity_started";
    case journal::RecordKind::entity_stopped:
      return "entity_stopped";
  }
  return "unknown";
}

Json json_of_bytes(std::string_view bytes) {
  return Json::parse(management::to_json(bytes, SHOAL_CODEC_BYTES).value());
}

Json json_of_bytes(const std::optional<std::string_view>& bytes) {
  return bytes ? json_of_bytes(*bytes) : Json(nullptr);
}

// A list of what `json_of_each` makes of the items; nothing is added where there are none.
template <class List, class Function>
void add_list(Json& object, const char* member, const List& items, Function json_of_each) {
  if (items.empty()) return;
  Json list = Json::array();
  for (const auto& item : items) list.push_back(json_of_each(item));
  object[member] = std::move(list);
}

Json json_of_id(const journal::EmitId& id) { return {{"sequence", id.sequence.value}, {"index", id.index}}; }

Json json_of_source(const journal::SourcePosition& source) {
  Json object = {{"source", source.source},
                 {"partition", source.partition},
                 {"offset", source.offset},
                 {"finished_below", source.finished_below},
                 {"timestamp_ms", source.timestamp_ms}};
  if (source.before > 0) object["before"] = source.before;
  return object;
}

Json json_of_event(const journal::Event& event) {
  return {{"event", event.number}, {"version", event.version}, {"bytes", json_of_bytes(event.bytes)}};
}

// With the topic's name in the number's place, where it is known.
Json named(Json object, const TopicNames& topics) {
  const auto topic = topics.find(object["source"].get<std::uint32_t>());
  if (topic == topics.end()) return object;
  Json shown = {{"topic", topic->second}};
  object.erase("source");
  shown.update(object);
  return shown;
}

Json json_of_emit(const journal::Emit& emit) {
  Json object = {{"sink", json_of_bytes(emit.sink)},
                 {"key", json_of_bytes(emit.key)},
                 {"value", json_of_bytes(emit.value)}};
  add_list(object, "headers", emit.headers, [](const journal::Header& header) {
    return Json{{"name", json_of_bytes(header.name)}, {"value", json_of_bytes(header.value)}};
  });
  if (emit.timestamp_ms >= 0) object["timestamp_ms"] = emit.timestamp_ms;
  return object;
}

Json json_of_reminder(const journal::Reminder& reminder) {
  Json object = {{"entity", management::percent_encode(reminder.entity)},
                 {"name", json_of_bytes(reminder.name)}};
  if (reminder.due_ms == journal::reminder_cancelled) {
    object["cancelled"] = true;
    return object;
  }
  object["due_ms"] = reminder.due_ms;
  object["payload"] = json_of_bytes(reminder.payload);
  return object;
}

void add_state(Json& object, const journal::StoredState& state) {
  object["entity"] = management::percent_encode(state.entity);
  object["revision"] = state.revision;
  object["state_version"] = state.version;
  object["state"] = json_of_bytes(state.bytes);
}

void add_effects(Json& object, const journal::Effects& effects) {
  object["now_ms"] = effects.now_ms;
  object["module_version"] = json_of_bytes(effects.module_version);
  add_list(object, "sources", effects.sources, json_of_source);
  add_list(object, "emits", effects.emits, json_of_emit);
  add_list(object, "reminders", effects.reminders, json_of_reminder);
  if (effects.emits_done) object["emits_done"] = json_of_id(*effects.emits_done);
}

// What a body says, into the record's object.
struct AddBody {
  Json& object;

  void operator()(const journal::Turn& turn) const {
    object["entity"] = management::percent_encode(turn.entity);
    object["revision"] = turn.revision;
    object["state_version"] = turn.state_version;
    add_list(object, "events", turn.events, json_of_event);
    add_effects(object, turn.effects);
  }
  void operator()(const journal::States& states) const {
    add_list(object, "states", states.entities, [](const journal::StoredState& state) {
      Json each;
      add_state(each, state);
      return each;
    });
    add_effects(object, states.effects);
  }
  void operator()(const journal::Snapshot& snapshot) const {
    add_state(object, snapshot.state);
    object["module_version"] = json_of_bytes(snapshot.module_version);
  }
  void operator()(const journal::CheckpointBegin&) const {}
  void operator()(const journal::CheckpointPart& part) const {
    add_list(object, "sources", part.sources, [](const journal::SourceProgress& progress) {
      Json each = json_of_source(progress.last);
      add_list(each, "finished_above", progress.finished_above, [](const journal::OffsetRange& range) {
        return Json{{"first", range.first}, {"end", range.end}};
      });
      return each;
    });
    add_list(object, "emits", part.emits, [](const journal::PendingEmit& pending) {
      Json each = {{"id", json_of_id(pending.id)}};
      each.update(json_of_emit(pending.emit));
      return each;
    });
    add_list(object, "reminders", part.reminders, json_of_reminder);
  }
  void operator()(const journal::CheckpointEnd& end) const { object["begin"] = end.begin.value; }
  void operator()(const journal::Renew& renew) const {
    if (renew.emits_done) object["emits_done"] = json_of_id(*renew.emits_done);
  }
  void operator()(const journal::Closed&) const {}
  void operator()(const journal::EntitiesStarted& started) const { add_entities(started.entities); }
  void operator()(const journal::EntitiesStopped& stopped) const { add_entities(stopped.entities); }

  void add_entities(std::span<const std::string_view> entities) const {
    add_list(object, "entities", entities,
             [](std::string_view id) { return management::percent_encode(id); });
  }
};

// The offsets of each partition that are among these, from the first to the last.
Json json_of_batch(std::span<const journal::SourcePosition> sources, const TopicNames& topics) {
  std::map<std::pair<std::uint32_t, std::int32_t>, std::pair<std::int64_t, std::int64_t>> partitions;
  for (const journal::SourcePosition& source : sources) {
    const std::int64_t first = source.offset - source.before;
    const auto [at, is_new] = partitions.try_emplace({source.source, source.partition}, first, source.offset);
    if (is_new) continue;
    at->second = {std::min(at->second.first, first), std::max(at->second.second, source.offset)};
  }
  Json list = Json::array();
  for (const auto& [partition, offsets] : partitions) {
    list.push_back(named({{"source", partition.first},
                          {"partition", partition.second},
                          {"first", offsets.first},
                          {"last", offsets.second}},
                         topics));
  }
  return list;
}

// What a body says of one entity, into the record's object.
struct AddHistory {
  Json& object;
  std::string_view entity;
  const TopicNames& topics;

  void operator()(const journal::Turn& turn) const {
    object["time_ms"] = turn.effects.now_ms;
    object["revision"] = turn.revision;
    object["module_version"] = json_of_bytes(turn.effects.module_version);
    add_list(object, "events", turn.events, json_of_event);
    add_list(object, "sources", turn.effects.sources,
             [this](const journal::SourcePosition& source) { return named(json_of_source(source), topics); });
    add_list(object, "emits", turn.effects.emits, json_of_emit);
    add_reminders(turn.effects);
  }
  void operator()(const journal::States& states) const {
    object["time_ms"] = states.effects.now_ms;
    object["module_version"] = json_of_bytes(states.effects.module_version);
    for (const journal::StoredState& state : states.entities) {
      if (state.entity == entity) add_state(state);
    }
    if (!states.effects.sources.empty()) {
      object["batch_sources"] = json_of_batch(states.effects.sources, topics);
    }
    add_reminders(states.effects);
  }
  void operator()(const journal::Snapshot& snapshot) const {
    object["module_version"] = json_of_bytes(snapshot.module_version);
    add_state(snapshot.state);
  }
  template <class Other>
  void operator()(const Other&) const {}

  void add_state(const journal::StoredState& state) const {
    object["revision"] = state.revision;
    object["state_version"] = state.version;
    object["state"] = json_of_bytes(state.bytes);
  }
  void add_reminders(const journal::Effects& effects) const {
    std::vector<journal::Reminder> own;
    std::copy_if(effects.reminders.begin(), effects.reminders.end(), std::back_inserter(own),
                 [this](const journal::Reminder& reminder) { return reminder.entity == entity; });
    add_list(object, "reminders", own, [](const journal::Reminder& reminder) {
      Json each = json_of_reminder(reminder);
      each.erase("entity");
      return each;
    });
  }
};

}  // namespace

Json json_of(const journal::ShardName& name, const journal::ShardFound& found) {
  Json object = {{"type", name.type}, {"shard", name.shard.value}, {"claims", found.claims}};
  if (found.chain.empty()) return object;
  const journal::Link& last = found.chain.back();
  object["epoch"] = last.claim.epoch.value;
  object["owner"] = hex(last.claim.owner.value);
  object["decision"] = {{"coordinator_epoch", last.claim.decision.coordinator_epoch},
                        {"number", last.claim.decision.number}};
  object["next"] = last.end_sequence->value;
  object["closed"] = found.is_closed;
  return object;
}

Json json_of(const journal::GenerationFound& found) {
  return {{"generation", hex(found.generation.value)},
          {"segments", found.segments},
          {"bytes", found.bytes},
          {"written", found.is_written},
          {"named", found.is_named}};
}

Json json_of(const journal::Compaction::OfShard& shard) {
  Json object = {{"type", shard.name.type}, {"shard", shard.name.shard.value}, {"checkpoint", nullptr}};
  if (shard.checkpoint) object["checkpoint"] = shard.checkpoint->value;
  object["claims"] = shard.claims;
  return object;
}

Json json_of(const journal::Compaction::OfGeneration& generation) {
  return {{"generation", hex(generation.generation.value)},
          {"segments", generation.segments.size()},
          {"spares", generation.spares.size()},
          {"bytes", generation.bytes},
          {"goes", generation.goes}};
}

Json json_of(const std::string& type, const journal::Record& record) {
  Json object = {{"type", type},
                 {"shard", record.header.shard.shard.value},
                 {"epoch", record.header.epoch.value},
                 {"sequence", record.header.sequence.value},
                 {"kind", name_of(record.header.kind)}};
  std::visit(AddBody{object}, record.body);
  return object;
}

Json json_of_history(const journal::Record& record, std::string_view entity, const TopicNames& topics) {
  Json object = {{"shard", record.header.shard.shard.value},
                 {"epoch", record.header.epoch.value},
                 {"sequence", record.header.sequence.value},
                 {"kind", name_of(record.header.kind)}};
  std::visit(AddHistory{object, entity, topics}, record.body);
  return object;
}

std::string line_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const journal::JournalId& journal) {
  std::string text;
  for (const std::uint8_t byte : journal) text += journal::hex(byte, 2);
  return text;
}

}  // namespace shoal::host
