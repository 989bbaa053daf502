#include "host/management/history.hpp"

#include "host/management/json.hpp"
#include "host/management/percent.hpp"

namespace shoal::management {

std::string history_json(const std::string& type, const std::string& id, const EntityHistory& history) {
  std::string document =
      "{\"type\":" + Json(type).dump() + ",\"id\":" + Json(percent_encode(id)).dump() + ",\"records\":[";
  const char* separator = "";
  for (const std::string& record : history.records()) {
    document += separator + record;
    separator = ",";
  }
  const std::string next = history.next ? std::to_string(*history.next) : "null";
  return document + "],\"next\":" + next + "}\n";
}

}  // namespace shoal::management
