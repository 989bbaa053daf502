#include "host/command/status_text.hpp"

#include <vector>

#include "host/command/json_table.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string latency_text(const Json& document) {
  const auto latency = document.find("record_latency");
  if (latency == document.end() || !latency->is_object()) return "";
  return "record latency: p50 " + cell_of(*latency, "p50_us") + " us, p99 " + cell_of(*latency, "p99_us") +
         " us\n";
}

// What no column says, since it hardly ever happens.
std::string lost_text(const Json& status) {
  std::string text;
  const auto sources = status.find("sources");
  if (sources == status.end() || !sources->is_array()) return text;
  for (const Json& source : *sources) {
    const std::string lost = cell_of(source, "lost_total");
    if (lost == "-" || lost == "0") continue;
    text += "  source " + cell_of(source, "name") + ": at most " + lost +
            " records were gone before they were read\n";
  }
  return text;
}

}  // namespace

bool is_ready(const Json& status) {
  const auto found = status.find("ready");
  return found != status.end() && *found == true;
}

std::string headline_text(const Json& status) {
  std::string text = "host " + cell_of(status, "node") + ": " + (is_ready(status) ? "ready" : "not ready") +
                     ", version " + cell_of(status, "version") + ", " + cell_of(status, "entities") +
                     " entities active\n";
  if (const auto reasons = status.find("reasons"); reasons != status.end() && reasons->is_array()) {
    for (const Json& reason : *reasons) text += "  " + cell_of(reason) + "\n";
  }
  text += lost_text(status);
  return text;
}

std::string status_text(const Json& status) {
  std::string text = headline_text(status);
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
                                                     {"ENTITIES", "entities"},
                                                     {"PARKED", "parked"}}),
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
