#include "host/command/status_text.hpp"

#include <cstdio>
#include <utility>
#include <vector>

#include "host/command/text_table.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string cell(const Json& value) {
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_null()) return "-";
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "" : ",") + cell(element);
  return text.empty() ? "-" : text;
}

std::string cell(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? "-" : cell(*found);
}

struct Column {
  const char* heading;
  const char* member;
};

// Nothing where the document has no such list, or an empty one.
std::string table_of(const Json& document, const char* list, const std::vector<Column>& columns) {
  const auto found = document.find(list);
  if (found == document.end() || !found->is_array() || found->empty()) return "";
  Rows rows(1);
  for (const Column& column : columns) rows[0].emplace_back(column.heading);
  for (const Json& element : *found) {
    std::vector<std::string> row;
    for (const Column& column : columns) row.push_back(cell(element, column.member));
    rows.push_back(std::move(row));
  }
  return to_table(rows);
}

std::string latency_text(const Json& document) {
  const auto latency = document.find("record_latency");
  if (latency == document.end() || !latency->is_object()) return "";
  return "record latency: p50 " + cell(*latency, "p50_us") + " us, p99 " + cell(*latency, "p99_us") + " us\n";
}

}  // namespace

bool is_ready(const Json& status) {
  const auto found = status.find("ready");
  return found != status.end() && *found == true;
}

std::string status_text(const Json& status) {
  std::string text = "host " + cell(status, "node") + ": " + (is_ready(status) ? "ready" : "not ready") +
                     ", version " + cell(status, "version") + ", " + cell(status, "entities") +
                     " entities active\n";
  if (const auto reasons = status.find("reasons"); reasons != status.end() && reasons->is_array()) {
    for (const Json& reason : *reasons) text += "  " + cell(reason) + "\n";
  }
  const std::vector<std::string> tables = {table_of(status, "sources",
                                                    {{"SOURCE", "name"},
                                                     {"TYPE", "type"},
                                                     {"TOPICS", "topics"},
                                                     {"STATE", "state"},
                                                     {"IN", "in_total"},
                                                     {"DONE", "done_total"},
                                                     {"DEAD LETTERS", "dead_letters_total"},
                                                     {"IN FLIGHT", "in_flight"},
                                                     {"LAG", "lag"}}),
                                           table_of(status, "sinks",
                                                    {{"SINK", "name"},
                                                     {"TOPIC", "topic"},
                                                     {"EMITTED", "emitted_total"},
                                                     {"ACKNOWLEDGED", "acknowledged_total"},
                                                     {"FAILED", "failed_total"},
                                                     {"IN FLIGHT", "in_flight"}}),
                                           table_of(status, "types",
                                                    {{"TYPE", "name"},
                                                     {"MODULE", "module"},
                                                     {"GENERATION", "generation"},
                                                     {"SHARDS", "shards"},
                                                     {"ENTITIES", "entities"}}),
                                           latency_text(status)};
  for (const std::string& table : tables) {
    if (!table.empty()) text += "\n" + table;
  }
  return text;
}

std::string modules_text(const Json& modules) {
  const std::string table = table_of(modules, "modules",
                                     {{"MODULE", "id"},
                                      {"VERSION", "version"},
                                      {"GENERATION", "generation"},
                                      {"TYPES", "types"},
                                      {"PATH", "path"}});
  return table.empty() ? "no modules\n" : table;
}

}  // namespace shoal::command
