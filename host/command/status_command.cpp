#include <iostream>

#include "host/command/client.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/status_text.hpp"

namespace shoal::command {

int perform(const Status& request, const Process&) {
  const auto reply = call_host_for_json(request.client, {"GET", "/v1/status", ""});
  if (!reply) return fail(reply.error());
  const nlohmann::ordered_json& status = reply.value();
  std::cout << (request.client.format == Format::json ? status.dump() + "\n" : status_text(status));
  return is_ready(status) ? exit_ok : exit_unhealthy;
}

}  // namespace shoal::command
