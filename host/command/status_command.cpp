#include "host/command/client.hpp"
#include "host/command/exit_code.hpp"
#include "host/command/perform.hpp"
#include "host/command/status_text.hpp"
#include "host/command/watch.hpp"

namespace shoal::command {

int perform(const Status& request, const Process&) {
  return show(request.watch, request.client.format, [&request]() -> Result<Look> {
    SHOAL_TRY(status, call_host_for_json(request.client, {"GET", "/v1/status", ""}));
    return Look{request.client.format == Format::json ? status.dump() + "\n" : status_text(status),
                is_ready(status) ? exit_ok : exit_unhealthy};
  });
}

}  // namespace shoal::command
