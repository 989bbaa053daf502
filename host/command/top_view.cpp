#include "host/command/top_view.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <vector>

#include "host/command/json_table.hpp"
#include "host/command/status_text.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string number_text(double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), number < 10 && number > 0 ? "%.1f" : "%.0f", number);
  return text.data();
}

std::optional<double> number_of(const Json& object, const char* member) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(member);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::optional<double> rate_of(const Json& before, const Json& now, const char* member, double seconds) {
  const auto from = number_of(before, member);
  const auto to = number_of(now, member);
  if (!from || !to || *to < *from || !(seconds > 0)) return std::nullopt;
  return (*to - *from) / seconds;
}

// The element of the document's list that has the same key as `element`; null where there is none.
Json same_element(const Json& document, const char* list, const char* key, const Json& element) {
  if (!document.is_object() || !document.contains(list) || !document[list].is_array()) return nullptr;
  for (const Json& candidate : document[list]) {
    if (candidate.is_object() && candidate.contains(key) && candidate[key] == element[key]) return candidate;
  }
  return nullptr;
}

struct Rate {
  const char* counter;
  const char* name;  // of the member that is added
};

// `now` with a member more for each rate in each element of the list.
void add_rates(Json& now, const Json& before, const char* list, const char* key,
               const std::vector<Rate>& rates, double seconds) {
  if (!now.contains(list) || !now[list].is_array()) return;
  for (Json& element : now[list]) {
    if (!element.is_object() || !element.contains(key)) continue;
    const Json last = same_element(before, list, key, element);
    for (const Rate& rate : rates) {
      const auto per_second = rate_of(last, element, rate.counter, seconds);
      element[rate.name] = per_second ? Json(number_text(*per_second)) : Json(nullptr);
    }
  }
}

std::string process_text(const Json& before, const Json& now, double seconds) {
  const auto found = now.find("process");
  if (found == now.end()) return "";
  constexpr double mebibyte = 1024.0 * 1024.0;
  const Json last = before.is_object() && before.contains("process") ? before["process"] : Json(nullptr);
  const auto processor = rate_of(last, *found, "cpu_seconds_total", seconds);
  const auto memory = number_of(*found, "resident_memory_bytes");
  return "process: processor " + (processor ? number_text(*processor * 100) + " %" : "-") + ", memory " +
         (memory ? number_text(*memory / mebibyte) + " MiB" : "-") + ", threads " +
         cell_of(*found, "threads") + ", files " + cell_of(*found, "open_fds") + "\n";
}

std::string latency_text(const Json& now) {
  const auto found = now.find("record_latency");
  if (found == now.end() || !found->is_object()) return "";
  const auto p50 = number_of(*found, "p50_us");
  const auto p99 = number_of(*found, "p99_us");
  return "record latency: p50 " + (p50 ? number_text(*p50) : "-") + " us, p99 " +
         (p99 ? number_text(*p99) : "-") + " us\n";
}

}  // namespace

std::string top_page(const Json& before, const Json& document, double seconds) {
  Json now = document.is_object() ? document : Json::object();
  add_rates(now, before, "sources", "name",
            {{"in_total", "in"}, {"done_total", "done"}, {"dead_letters_total", "dead_letters"}}, seconds);
  add_rates(now, before, "sinks", "name",
            {{"emitted_total", "emitted"}, {"acknowledged_total", "acknowledged"}}, seconds);
  add_rates(now, before, "lanes", "lane", {{"records_total", "records"}, {"messages_total", "messages"}},
            seconds);
  std::string page = headline_text(now) + latency_text(now) + process_text(before, now, seconds);
  const std::vector<std::string> tables = {
      table_of(now, "sources",
               {{"SOURCE", "name"},
                {"TYPE", "type"},
                {"STATE", "state"},
                {"LAG", "lag"},
                {"IN/S", "in"},
                {"DONE/S", "done"},
                {"DEAD LETTERS/S", "dead_letters"},
                {"IN FLIGHT", "in_flight"}}),
      table_of(now, "types",
               {{"TYPE", "name"},
                {"MODULE", "module"},
                {"GENERATION", "generation"},
                {"SHARDS", "shards"},
                {"ENTITIES", "entities"}}),
      table_of(now, "sinks",
               {{"SINK", "name"},
                {"TOPIC", "topic"},
                {"EMITTED/S", "emitted"},
                {"ACKNOWLEDGED/S", "acknowledged"},
                {"FAILED", "failed_total"},
                {"IN FLIGHT", "in_flight"}}),
      table_of(now, "lanes",
               {{"LANE", "lane"},
                {"RECORDS/S", "records"},
                {"MESSAGES/S", "messages"},
                {"MESSAGE DEAD LETTERS", "message_dead_letters_total"}})};
  for (const std::string& table : tables) {
    if (!table.empty()) page += "\n" + table;
  }
  return page;
}

}  // namespace shoal::command
