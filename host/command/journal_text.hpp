#pragma once
// What stands in a journal, as JSON objects of one line each. Pure.

#include <nlohmann/json.hpp>
#include <string>

#include "journal/journal_reader.hpp"
#include "journal/record.hpp"

namespace shoal::command {

// {"type", "shard", "claims", "epoch", "owner", "decision", "next", "closed"}; those from "epoch" on only
// where somebody has owned it.
nlohmann::ordered_json json_of(const journal::ShardName& name, const journal::ShardFound& found);

// {"generation", "segments", "bytes", "written", "named"}
nlohmann::ordered_json json_of(const journal::GenerationFound& found);

// {"type", "shard", "epoch", "sequence", "kind", …}: what a record of this kind says, without what is empty.
// Ids of entities are percent-encoded; other bytes are a string where they are UTF-8 without control
// characters, else {"base64": "…"}.
nlohmann::ordered_json json_of(const std::string& type, const journal::Record& record);

// 32 hexadecimal digits.
std::string text_of(const journal::JournalId& journal);

}  // namespace shoal::command
