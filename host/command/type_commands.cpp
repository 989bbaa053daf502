#include <iostream>

#include "host/command/client.hpp"
#include "host/command/exit_code.hpp"
#include "host/command/json_line.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/management/percent.hpp"

namespace shoal::command {

int perform(const TypeSet& request, const Process&) {
  const std::string limit =
      request.active_entities_max ? std::to_string(*request.active_entities_max) : std::string("null");
  const auto reply =
      call_host(request.client, {"POST", "/v1/types/" + management::percent_encode(request.type),
                                 "{\"active_entities_max\":" + limit + "}"});
  if (!reply) return fail(reply.error());
  if (request.client.format == Format::json) {
    std::cout << on_one_line(reply.value()) << '\n';
  } else {
    std::cout << "active_entities_max = " << (request.active_entities_max ? limit : std::string("none"))
              << '\n';
  }
  return exit_ok;
}

}  // namespace shoal::command
