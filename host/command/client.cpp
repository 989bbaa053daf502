#include "host/command/client.hpp"

#include "host/management/http_client.hpp"

namespace shoal::command {
namespace {

// The host gives up at the timeout itself and says so; only a host that says nothing at all is given up here.
constexpr std::chrono::seconds answer_margin{2};

std::string name_of(const Client& client) {
  const bool bracketed = client.host.find(':') != std::string::npos;
  return (bracketed ? "[" + client.host + "]" : client.host) + ":" + std::to_string(client.port);
}

// The words of a problem document (RFC 9457); another server's error page has none.
std::string words_of(const management::HttpReply& reply) {
  const std::string code = "HTTP " + std::to_string(reply.status);
  const auto document = nlohmann::json::parse(reply.body, nullptr, false);
  if (!document.is_object()) return code + " without a reason: is this the management port of a shoal host?";
  for (const char* member : {"detail", "title"}) {
    const auto found = document.find(member);
    if (found != document.end() && found->is_string()) return found->get<std::string>() + " (" + code + ")";
  }
  return code;
}

}  // namespace

Result<std::string> call_host(const Client& client, const Call& call) {
  management::ClientOptions options;
  options.host = client.host;
  options.port = client.port;
  options.timeout = client.timeout + answer_margin;
  auto reply = management::http_call(options, call.method, call.target, call.body);
  if (!reply) {
    // The message names the host. One that says nothing in time is as good as none.
    const bool silent = reply.error().code == ErrorCode::deadline;
    return error(silent ? ErrorCode::unreachable : reply.error().code, reply.error().message);
  }
  if (reply.value().status < 200 || reply.value().status > 299) {
    return error(ErrorCode::failed, "host " + name_of(client) + ": " + words_of(reply.value()));
  }
  return std::move(reply).value().body;
}

Result<nlohmann::ordered_json> call_host_for_json(const Client& client, const Call& call) {
  SHOAL_TRY(body, call_host(client, call));
  auto document = nlohmann::ordered_json::parse(body, nullptr, false);
  if (document.is_discarded()) {
    return error(
        ErrorCode::failed,
        "host " + name_of(client) + " answered with no JSON: is this the management port of a shoal host?");
  }
  return document;
}

}  // namespace shoal::command
