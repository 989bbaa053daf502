#pragma once
// What stands in a journal, as JSON objects of one line each. Pure.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "journal/compaction.hpp"
#include "journal/journal_reader.hpp"
#include "journal/record.hpp"

namespace shoal::host {

// {"type", "shard", "claims", "epoch", "owner", "decision", "next", "closed"}; those from "epoch" on only
// where somebody has owned it.
nlohmann::ordered_json json_of(const journal::ShardName& name, const journal::ShardFound& found);

// {"generation", "segments", "bytes", "written", "named"}
nlohmann::ordered_json json_of(const journal::GenerationFound& found);

// {"type", "shard", "checkpoint", "claims"}: so many claims go, which are older than the checkpoint's.
nlohmann::ordered_json json_of(const journal::Compaction::OfShard& shard);

// {"generation", "segments", "spares", "bytes", "goes"}
nlohmann::ordered_json json_of(const journal::Compaction::OfGeneration& generation);

// {"type", "shard", "epoch", "sequence", "kind", …}: what a record of this kind says, without what is empty.
// Ids of entities are percent-encoded; other bytes are a string where they are UTF-8 without control
// characters, else {"base64": "…"}.
nlohmann::ordered_json json_of(const std::string& type, const journal::Record& record);

// Topics by the numbers that stand for them in records.
using TopicNames = std::map<std::uint32_t, std::string>;

// {"shard", "epoch", "sequence", "kind", …}: what a record says of one entity, with "time_ms" of the turn, or
// of the batch's last one, where the record has it. Durability `events`: "sources" is where the turn's record
// came from; `state`: "batch_sources" is [{"source", "partition", "first", "last"}] of the whole batch, the
// entity's among them. A source whose topic is known has "topic" instead of "source".
nlohmann::ordered_json json_of_history(const journal::Record& record, std::string_view entity,
                                       const TopicNames& topics);

// On one line; bytes that are no UTF-8, as the name of a directory may have, are shown as U+FFFD.
std::string line_of(const nlohmann::ordered_json& object);

// 32 hexadecimal digits.
std::string text_of(const journal::JournalId& journal);

}  // namespace shoal::host
