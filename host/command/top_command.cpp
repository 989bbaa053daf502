#include <chrono>
#include <optional>

#include "host/command/client.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/terminal.hpp"
#include "host/command/top_view.hpp"
#include "host/command/watch.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// Looks at a host and remembers what it saw last.
class Observer {
 public:
  explicit Observer(const Client& client) : client_(client) {}

  Result<Look> look() {
    SHOAL_TRY(status, call_host_for_json(client_, {"GET", "/v1/status", ""}));
    const auto now = Clock::now();
    Look found{top_page(last_, status, std::chrono::duration<double>(now - last_time_).count()), exit_ok};
    last_ = std::move(status);
    last_time_ = now;
    return found;
  }

 private:
  Client client_;
  Json last_;
  Clock::time_point last_time_{};
};

}  // namespace

int perform(const Top& request, const Process&) {
  Observer observer(request.client);
  if (!request.once) {
    return show(request.interval, Format::text, [&observer] { return observer.look(); });
  }
  // Rates need two looks.
  if (const auto first = observer.look(); !first) return fail(first.error());
  const kafka::StopSignals signals;
  if (wait_for(request.interval, signals) == WaitEnd::stop) return exit_failed;
  return show({}, Format::text, [&observer] { return observer.look(); });
}

}  // namespace shoal::command
