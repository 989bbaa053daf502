#include <chrono>
#include <iostream>
#include <utility>

#include "host/command/client.hpp"
#include "host/command/cluster_text.hpp"
#include "host/command/exit_code.hpp"
#include "host/command/pages.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/terminal.hpp"
#include "host/command/watch.hpp"
#include "host/management/percent.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{100};

Result<Look> look_at_members(const ClusterMembers& request) {
  SHOAL_TRY(cluster, call_host_for_json(request.client, {"GET", "/v1/cluster", ""}));
  return Look{request.client.format == Format::json ? cluster.dump() + "\n" : members_text(cluster), exit_ok};
}

// The members of a healthy host; `unavailable` says what is still missing.
Result<Look> look_at_health(const ClusterMembers& request) {
  SHOAL_TRY(status, call_host_for_json(request.client, {"GET", "/v1/status", ""}));
  SHOAL_TRY(cluster, call_host_for_json(request.client, {"GET", "/v1/cluster", ""}));
  const std::string trouble = cluster_trouble(cluster);
  if (!trouble.empty()) return error(ErrorCode::unavailable, trouble);
  if (!status.value("ready", false)) {
    const auto reasons = status.value("reasons", Json::array());
    return error(ErrorCode::unavailable, "the host is not ready: " + reasons.dump());
  }
  return look_at_members(request);
}

int wait_until_healthy(const ClusterMembers& request) {
  const kafka::StopSignals signals;
  const auto deadline = Clock::now() + request.client.timeout;
  for (;;) {
    const auto found = look_at_health(request);
    if (found) {
      std::cout << found.value().page;
      return exit_ok;
    }
    if (Clock::now() < deadline && wait_for(look_interval, signals) == WaitEnd::time) continue;
    report(found.error().message);
    return found.error().code == ErrorCode::unreachable ? exit_unreachable : exit_unhealthy;
  }
}

int change(const Client& client, const Call& call) {
  const auto reply = call_host_for_json(client, call);
  if (!reply) return fail(reply.error());
  std::cout << (client.format == Format::json ? reply.value().dump() : reply.value().value("message", ""))
            << '\n';
  return exit_ok;
}

}  // namespace

int perform(const ClusterMembers& request, const Process&) {
  if (request.exit_when_healthy) return wait_until_healthy(request);
  return show(request.watch, request.client.format, [&request] { return look_at_members(request); });
}

int perform(const ClusterJoin& request, const Process&) {
  return change(request.client,
                {"POST", "/cluster/members",
                 Json{{"address", request.address}}.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

int perform(const ClusterChange& request, const Process&) {
  return change(request.client, {"PUT", "/cluster/members/" + management::percent_encode(request.node),
                                 Json{{"operation", request.operation}}.dump()});
}

int perform(const ClusterExplain& request, const Process&) {
  const auto reply = call_host_for_json(
      request.client, {"GET", "/v1/cluster/explain/" + management::percent_encode(request.node), ""});
  if (!reply) return fail(reply.error());
  std::cout << (request.client.format == Format::json ? reply.value().dump() + "\n"
                                                      : explanation_text(reply.value()));
  return exit_ok;
}

int perform(const ClusterEvents& request, const Process&) {
  return show_pages(
      {request.client, "/v1/cluster/events", "events", request.limit, request.follow, event_text});
}

}  // namespace shoal::command
