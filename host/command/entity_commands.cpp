#include <iostream>
#include <utility>

#include "host/command/client.hpp"
#include "host/command/json_line.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/text_table.hpp"
#include "host/command/watch.hpp"
#include "host/management/percent.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string entity_target(const std::string& type, const std::string& id) {
  return "/v1/entities/" + management::percent_encode(type) + "/" + management::percent_encode(id);
}

// The body is put in as it was written, so that its numbers reach the module digit for digit.
std::string message_body(const std::string& message, const std::string& json,
                         const std::chrono::milliseconds* timeout) {
  std::string body = "{\"message\":" + quoted(message);
  if (!json.empty()) body += ",\"body\":" + json;
  if (timeout != nullptr) body += ",\"timeout_ms\":" + std::to_string(timeout->count());
  return body + "}";
}

}  // namespace

int perform(const Ask& request, const Process&) {
  const auto reply =
      call_host(request.client, {"POST", entity_target(request.type, request.id) + "/ask",
                                 message_body(request.message, request.json, &request.client.timeout)});
  if (!reply) return fail(reply.error());
  std::cout << on_one_line(reply.value()) << '\n';
  return exit_ok;
}

int perform(const Tell& request, const Process&) {
  const bool waits = request.receipt != "none";
  std::string body = message_body(request.message, request.json, waits ? &request.client.timeout : nullptr);
  if (waits) body.insert(body.size() - 1, ",\"receipt\":" + quoted(request.receipt));
  const auto reply =
      call_host(request.client, {"POST", entity_target(request.type, request.id) + "/tell", std::move(body)});
  if (!reply) return fail(reply.error());
  const std::string told = waits ? on_one_line(reply.value()) : R"({"accepted":true})";
  const std::string level = waits ? request.receipt : "accepted";
  std::cout << (request.client.format == Format::json ? told : level) << '\n';
  return exit_ok;
}

int perform(const EntityShow& request, const Process&) {
  return show(request.watch, request.client.format, [&request]() -> Result<Look> {
    SHOAL_TRY(reply, call_host(request.client, {"GET", entity_target(request.type, request.id), ""}));
    if (request.client.format == Format::json) return Look{on_one_line(reply) + "\n", exit_ok};
    const Json document = Json::parse(reply, nullptr, false);
    const bool has_state = document.is_object() && document.contains("state");
    return Look{(has_state ? document["state"].dump(2) : on_one_line(reply)) + "\n", exit_ok};
  });
}

int perform(const EntityList& request, const Process&) {
  std::string target = "/v1/entities/" + management::percent_encode(request.type);
  if (request.limit) target += "?limit=" + std::to_string(*request.limit);
  return show(request.watch, request.client.format, [&]() -> Result<Look> {
    SHOAL_TRY(document, call_host_for_json(request.client, {"GET", target, ""}));
    if (request.client.format == Format::json) return Look{document.dump() + "\n", exit_ok};
    Look found;
    if (const auto ids = document.find("ids"); ids != document.end() && ids->is_array()) {
      for (const Json& id : *ids) {
        found.page += (id.is_string() ? printable(id.get<std::string>()) : id.dump()) + "\n";
      }
    }
    const auto truncated = document.find("truncated");
    if (truncated != document.end() && *truncated == true) found.note = "there are more: raise --limit";
    return found;
  });
}

}  // namespace shoal::command
