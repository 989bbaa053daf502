#include <cstdint>

#include "host/command/json_table.hpp"
#include "host/command/pages.hpp"
#include "host/command/perform.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string entity_of(const Json& object) { return cell_of(object, "type") + "/" + cell_of(object, "id"); }

// 2013-11-09T12:26:40Z ask aircraft/N1 summary, 12 bytes: parked: told so, from aircraft/N2
std::string line_of(const Json& letter) {
  std::string line = time_of(letter, "time_ms") + " " + cell_of(letter, "kind") + " " + entity_of(letter) +
                     " " + cell_of(letter, "message") + ", " + cell_of(letter, "body_bytes") +
                     " bytes: " + cell_of(letter, "reason");
  const auto detail = letter.find("detail");
  if (detail != letter.end() && detail->is_string() && !detail->get_ref<const std::string&>().empty()) {
    line += ": " + cell_of(*detail);
  }
  const auto sender = letter.find("sender");
  if (sender != letter.end() && sender->is_object()) line += ", from " + entity_of(*sender);
  const auto position = letter.find("position");
  if (position != letter.end() && position->is_object()) {
    line += ", from " + cell_of(*position, "topic") + "/" + cell_of(*position, "partition") + " offset " +
            cell_of(*position, "offset");
  }
  return line;
}

}  // namespace

int perform(const DeadLetters& request, const Process&) {
  return show_pages(
      {request.client, "/v1/dead-letters", "dead_letters", request.limit, request.follow, line_of});
}

}  // namespace shoal::command
