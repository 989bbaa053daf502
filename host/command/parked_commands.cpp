#include <iostream>
#include <utility>

#include "host/command/client.hpp"
#include "host/command/json_table.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/utc_text.hpp"
#include "host/command/watch.hpp"
#include "host/management/percent.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string parked_text(Json document) {
  if (const auto parked = document.find("parked"); parked != document.end() && parked->is_array()) {
    for (Json& entity : *parked) {
      if (!entity.is_object()) continue;
      const auto since = entity.find("since_ms");
      if (since != entity.end() && since->is_number_integer()) {
        entity["since"] = utc_text(since->get<std::int64_t>());
      }
    }
  }
  const std::string table =
      table_of(document, "parked",
               {{"ENTITY", "id"}, {"SINCE", "since"}, {"FAILURES", "failures"}, {"REASON", "reason"}});
  return table.empty() ? "no parked entities\n" : table;
}

}  // namespace

int perform(const EntityParked& request, const Process&) {
  std::string target = "/v1/parked/" + management::percent_encode(request.type);
  if (request.limit) target += "?limit=" + std::to_string(*request.limit);
  return show(request.watch, request.client.format, [&]() -> Result<Look> {
    SHOAL_TRY(document, call_host_for_json(request.client, {"GET", target, ""}));
    if (request.client.format == Format::json) return Look{document.dump() + "\n", exit_ok};
    Look found{parked_text(document), exit_ok};
    const auto truncated = document.find("truncated");
    if (truncated != document.end() && *truncated == true) found.note = "there are more: raise --limit";
    return found;
  });
}

int perform(const EntityUnpark& request, const Process&) {
  const std::string target = "/v1/entities/" + management::percent_encode(request.type) + "/" +
                             management::percent_encode(request.id) + "/unpark";
  const auto done = call_host(request.client, {"POST", target, "{}"});
  if (!done) return fail(done.error());
  std::cout << (request.client.format == Format::json ? "{\"unparked\":true}\n" : "unparked\n");
  return exit_ok;
}

}  // namespace shoal::command
