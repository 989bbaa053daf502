#include "host/management/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "host/management/body_codec.hpp"
#include "host/management/dead_letters.hpp"
#include "host/management/history.hpp"
#include "host/management/json.hpp"
#include "host/management/metrics.hpp"
#include "host/management/metrics_text.hpp"
#include "host/management/openapi.hpp"
#include "host/management/page_query.hpp"
#include "host/management/parked_json.hpp"
#include "host/management/percent.hpp"
#include "host/management/problem.hpp"
#include "host/management/request_body.hpp"
#include "host/management/request_guard.hpp"
#include "host/management/route_call.hpp"
#include "host/management/status_json.hpp"
#include "shoal/abi/entity.h"

namespace shoal::management {
namespace {

constexpr std::size_t type_name_bytes_max = 64;
constexpr std::size_t list_limit_default = 100;
constexpr std::size_t list_limit_max = 10'000;
constexpr std::uint32_t ask_timeout_ms_default = 5'000;

// Requires: `text` starts with a slash.
Target split_target(std::string_view text) {
  Target target;
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) target.query = text.substr(question + 1);
  std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  for (;;) {
    const std::size_t slash = path.find('/');
    target.segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return target;
    path.remove_prefix(slash + 1);
  }
}

// The absolute form (`GET http://host/path`) names the host itself; this is the request in origin form.
Request in_origin_form(const Request& request) {
  constexpr std::string_view scheme = "http://";
  Request plain = request;
  if (request.target.compare(0, scheme.size(), scheme) != 0) return plain;
  const std::size_t slash = request.target.find('/', scheme.size());
  plain.host =
      request.target.substr(scheme.size(), slash == std::string::npos ? slash : slash - scheme.size());
  plain.target = slash == std::string::npos ? "/" : request.target.substr(slash);
  return plain;
}

Result<std::size_t> read_limit(std::string_view query) {
  SHOAL_TRY(text, query_value(query, "limit"));
  if (!text) return list_limit_default;
  std::size_t limit = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (failure != std::errc() || end != text->data() + text->size() || limit < 1 || limit > list_limit_max) {
    return error(ErrorCode::invalid_argument,
                 "limit is a whole number from 1 to " + std::to_string(list_limit_max));
  }
  return limit;
}

bool is_type_name(std::string_view name) {
  if (name.empty() || name.size() > type_name_bytes_max || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char symbol) {
    return (symbol >= 'a' && symbol <= 'z') || (symbol >= '0' && symbol <= '9') || symbol == '_' ||
           symbol == '-';
  });
}

Response reply_response(const Result<Reply>& result, const std::string& target) {
  if (!result.has_value()) return problem(result.error(), target);
  const Reply& reply = result.value();
  if (reply.status != SHOAL_STATUS_OK) return problem(reply.status, reply.error, target);
  Result<std::string> body = to_json(reply.body, reply.codec);
  if (!body.has_value()) {
    return problem(error(body.error().code, "the entity replied, but " + body.error().message), target);
  }
  return json_response(200, std::move(body).value());
}

Response receipt_response(const Result<Reply>& result, const std::string& level, const std::string& target) {
  if (!result.has_value() || result.value().status != SHOAL_STATUS_OK) return reply_response(result, target);
  return json_response(200, "{\"receipt\":\"" + level + "\"}");
}

Response list_response(const Result<std::vector<std::string>>& result, const std::string& type,
                       std::size_t limit, const std::string& target) {
  if (!result.has_value()) return problem(result.error(), target);
  const std::vector<std::string>& ids = result.value();
  Json shown = Json::array();
  for (std::size_t index = 0; index < std::min(ids.size(), limit); ++index) {
    shown.push_back(percent_encode(ids[index]));
  }
  const Json document = {{"type", type}, {"ids", std::move(shown)}, {"truncated", ids.size() > limit}};
  return json_response(200, document.dump() + "\n");
}

Response entity_response(const Result<std::string>& result, const std::string& type, const std::string& id,
                         const std::string& target) {
  if (!result.has_value()) return problem(result.error(), target);
  Result<std::string> state = to_json(result.value(), SHOAL_CODEC_JSON);
  if (!state.has_value()) {
    return problem(error(ErrorCode::failed, "the module described the entity, but " + state.error().message),
                   target);
  }
  const std::string shown_id = Json(percent_encode(id)).dump();
  return json_response(
      200, "{\"type\":\"" + type + "\",\"id\":" + shown_id + ",\"state\":" + state.value() + "}\n");
}

std::string verbose_checks(const std::vector<Check>& checks, std::string_view summary) {
  std::string text;
  for (const Check& check : checks) {
    text += check.ok ? "[+]" + check.name + " ok\n" : "[-]" + check.name + " failed: " + check.reason + "\n";
  }
  return text.append(summary).append("\n");
}

}  // namespace

Handling Routes::handle(const Request& request, const Deliver& deliver) {
  const Request plain = in_origin_form(request);
  if (plain.target.empty() || plain.target[0] != '/' || plain.target.find('#') != std::string::npos) {
    return answer(problem(400, "invalid_argument", "the request target is not a path", plain.target));
  }
  if (auto refusal = refuse_foreign_host(plain, options_.port)) return answer(std::move(*refusal));
  Call call{plain, deliver, split_target(plain.target), {}, {}};
  auto& segments = call.target.segments;
  // Akka's own page writes it with a slash at the end.
  if (segments == std::vector<std::string_view>{"cluster", "members", ""}) segments.pop_back();
  const bool is_of_type = segments.size() >= 3 && segments[0] == "v1" &&
                          (segments[1] == "entities" || segments[1] == "parked" || segments[1] == "types");
  if (is_of_type) {
    const std::optional<std::string> type = percent_decode(segments[2]);
    const std::optional<std::string> id = percent_decode(segments.size() > 3 ? segments[3] : "-");
    if (!type || !id) {
      return call.refuse(
          error(ErrorCode::invalid_argument, "a % in the path is not followed by two hex digits"));
    }
    if (!is_type_name(*type)) {
      return call.refuse(
          error(ErrorCode::not_found, "there is no entity type \"" + percent_encode(*type) + "\""));
    }
    if (id->empty() || id->size() > SHOAL_ENTITY_ID_BYTES_MAX) {
      return call.refuse(
          error(ErrorCode::invalid_argument,
                "an entity id has 1 to " + std::to_string(SHOAL_ENTITY_ID_BYTES_MAX) + " bytes"));
    }
    call.type = *type;
    call.id = *id;
  }
  return dispatch(call);
}

struct Routes::Route {
  using Handler = Handling (Routes::*)(const Call&);
  std::vector<std::string_view> path;  // a segment in braces takes any, {node} all that follow, too
  Handler get;
  Handler post;
  Handler put = nullptr;
  Handler del = nullptr;

  bool matches(const std::vector<std::string_view>& segments) const;
  // By method, each with its name.
  std::vector<std::pair<std::string_view, Handler>> handlers() const;
};

bool Routes::Route::matches(const std::vector<std::string_view>& segments) const {
  const bool takes_rest = path.back() == "{node}";
  if (takes_rest ? segments.size() < path.size() : segments.size() != path.size()) return false;
  return std::equal(path.begin(), path.end(), segments.begin(),
                    [](std::string_view wanted, std::string_view given) {
                      return wanted.front() == '{' || wanted == given;
                    });
}

std::vector<std::pair<std::string_view, Routes::Route::Handler>> Routes::Route::handlers() const {
  std::vector<std::pair<std::string_view, Handler>> all{
      {"GET", get}, {"HEAD", get}, {"POST", post}, {"PUT", put}, {"DELETE", del}};
  std::erase_if(all, [](const auto& entry) { return entry.second == nullptr; });
  return all;
}

std::span<const Routes::Route> Routes::table() {
  static const std::array<Route, 21> routes{{
      {{"livez"}, &Routes::livez, nullptr},
      {{"readyz"}, &Routes::readyz, nullptr},
      {{"metrics"}, &Routes::metrics, nullptr},
      {{"v1", "openapi.json"}, &Routes::openapi, nullptr},
      {{"v1", "status"}, &Routes::status, nullptr},
      {{"v1", "dead-letters"}, &Routes::dead_letters, nullptr},
      {{"v1", "modules"}, &Routes::modules, &Routes::load_module},
      {{"v1", "entities", "{type}"}, &Routes::list_entities, nullptr},
      {{"v1", "entities", "{type}", "{id}"}, &Routes::describe_entity, nullptr},
      {{"v1", "entities", "{type}", "{id}", "history"}, &Routes::entity_history, nullptr},
      {{"v1", "entities", "{type}", "{id}", "ask"}, nullptr, &Routes::ask_or_tell},
      {{"v1", "entities", "{type}", "{id}", "tell"}, nullptr, &Routes::ask_or_tell},
      {{"v1", "entities", "{type}", "{id}", "unpark"}, nullptr, &Routes::unpark_entity},
      {{"v1", "parked", "{type}"}, &Routes::list_parked, nullptr},
      {{"v1", "types", "{type}"}, nullptr, &Routes::change_type},
      {{"v1", "cluster"}, &Routes::cluster, nullptr},
      {{"v1", "cluster", "events"}, &Routes::cluster_events, nullptr},
      {{"v1", "cluster", "explain", "{node}"}, &Routes::explain_member, nullptr},
      {{"cluster", "members"}, &Routes::members, &Routes::join},
      {{"cluster", "members", "{node}"},
       &Routes::member,
       nullptr,
       &Routes::change_member,
       &Routes::change_member},
      {{"cluster", "domain-events"}, &Routes::domain_events, nullptr},
  }};
  return routes;
}

std::vector<std::string> Routes::list() {
  std::vector<std::string> all;
  for (const Route& route : table()) {
    std::string path;
    for (const std::string_view segment : route.path) path.append("/").append(segment);
    for (const auto& [method, handler] : route.handlers()) {
      if (method != "HEAD") all.push_back(std::string(method) + " " + path);
    }
  }
  return all;
}

Handling Routes::dispatch(const Call& call) {
  const std::span<const Route> routes = table();
  const auto& segments = call.target.segments;
  const auto route = std::find_if(routes.begin(), routes.end(),
                                  [&](const Route& candidate) { return candidate.matches(segments); });
  if (route == routes.end()) {
    return call.refuse(error(ErrorCode::not_found, "there is nothing at this path"));
  }
  std::string allow;
  for (const auto& [method, handler] : route->handlers()) {
    if (method == call.request.method) {
      if (auto refusal = refuse_unsafe(call.request)) return answer(std::move(*refusal));
      return (this->*handler)(call);
    }
    allow += (allow.empty() ? "" : ", ") + std::string(method);
  }
  Response response = problem(405, "method_not_allowed", "this path takes " + allow, call.request.target);
  response.allow = allow;
  return answer(std::move(response));
}

Handling Routes::livez(const Call& call) {
  const auto verbose = query_value(call.target.query, "verbose");
  if (!verbose.has_value()) return call.refuse(verbose.error());
  return answer(text_response(200, verbose.value() ? "[+]management ok\nlivez check passed\n" : "ok"));
}

Handling Routes::readyz(const Call& call) {
  const auto verbose = query_value(call.target.query, "verbose");
  if (!verbose.has_value()) return call.refuse(verbose.error());
  const std::vector<Check> checks = host_.readiness();
  std::string failures;
  for (const Check& check : checks) {
    if (!check.ok) failures += (failures.empty() ? "" : "; ") + check.name + ": " + check.reason;
  }
  const bool is_ready =
      std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  if (verbose.value()) {
    const std::string text = verbose_checks(checks, is_ready ? "readyz check passed" : "readyz check failed");
    return answer(text_response(is_ready ? 200 : 503, text));
  }
  if (!is_ready) return call.refuse(error(ErrorCode::unavailable, failures));
  return answer(text_response(200, "ok"));
}

Handling Routes::metrics(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  Response response = text_response(200, metrics_page(host_.status()));
  response.content_type = metrics_content_type;
  return answer(std::move(response));
}

Handling Routes::openapi(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  return answer(json_response(200, std::string(openapi_page())));
}

Handling Routes::status(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  return answer(json_response(200, status_json(host_.status())));
}

Handling Routes::dead_letters(const Call& call) {
  const Result<PageQuery> query = read_page_query(call.target.query, "after");
  if (!query.has_value()) return call.refuse(query.error());
  const DeadLetterPage page = host_.dead_letters(query.value().number, query.value().limit);
  return answer(json_response(200, dead_letters_json(page)));
}

Handling Routes::modules(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  return answer(json_response(200, modules_json(host_.modules())));
}

Handling Routes::load_module(const Call& call) {
  Result<std::string> path = read_module_path(call.request.body);
  if (!path.has_value()) return call.refuse(path.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, target = call.request.target](Result<ModuleInfo> result) {
    deliver([result = std::move(result), target] {
      return result.has_value() ? json_response(201, module_json(result.value()))
                                : problem(result.error(), target);
    });
  };
  host_.load_module(std::move(path).value(), done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::list_entities(const Call& call) {
  const Result<std::size_t> limit = read_limit(call.target.query);
  if (!limit.has_value()) return call.refuse(limit.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, type = call.type, count_max = limit.value(),
                     target = call.request.target](Result<std::vector<std::string>> result) {
    deliver([result = std::move(result), type, count_max, target] {
      return list_response(result, type, count_max, target);
    });
  };
  // One more than is shown tells whether there are more.
  host_.list_entities(call.type, limit.value() + 1, done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::describe_entity(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, type = call.type, id = call.id,
                     target = call.request.target](Result<std::string> result) {
    deliver(
        [result = std::move(result), type, id, target] { return entity_response(result, type, id, target); });
  };
  host_.describe_entity(call.type, call.id, done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::entity_history(const Call& call) {
  const Result<PageQuery> query = read_page_query(call.target.query, "from");
  if (!query.has_value()) return call.refuse(query.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, type = call.type, id = call.id,
                     target = call.request.target](Result<EntityHistory> result) {
    deliver([result = std::move(result), type, id, target] {
      return result.has_value() ? json_response(200, history_json(type, id, result.value()))
                                : problem(result.error(), target);
    });
  };
  host_.entity_history(call.type, call.id, {query.value().number.value_or(1), query.value().limit}, done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::ask_or_tell(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  const bool is_ask = call.target.segments.back() == "ask";
  Result<EntityMessage> parsed =
      read_message(call.request.body, is_ask ? MessageKind::ask : MessageKind::tell);
  if (!parsed.has_value()) return call.refuse(parsed.error());
  if (!call.deliver) return call.no_room();
  EntityMessage message = std::move(parsed).value();
  message.type = call.type;
  message.id = call.id;
  message.traceparent = valid_traceparent(call.request);
  const std::chrono::milliseconds timeout(message.timeout_ms == 0 ? ask_timeout_ms_default
                                                                  : message.timeout_ms);
  const std::string& target = call.request.target;
  if (is_ask || !message.receipt.empty()) {
    message.timeout_ms = static_cast<std::uint32_t>(timeout.count());
    const std::string level = message.receipt;
    host_.ask(std::move(message), [deliver = call.deliver, level, target](Result<Reply> result) {
      deliver([result = std::move(result), level, target] {
        return level.empty() ? reply_response(result, target) : receipt_response(result, level, target);
      });
    });
  } else {
    message.timeout_ms = 0;
    host_.tell(std::move(message), [deliver = call.deliver, target](Result<void> result) {
      deliver([result = std::move(result), target] {
        return result.has_value() ? Response{202, {}, {}, {}} : problem(result.error(), target);
      });
    });
  }
  return wait_for(timeout);
}

Handling Routes::list_parked(const Call& call) {
  const Result<std::size_t> limit = read_limit(call.target.query);
  if (!limit.has_value()) return call.refuse(limit.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, type = call.type, count_max = limit.value(),
                     target = call.request.target](Result<std::vector<ParkedEntity>> result) {
    deliver([result = std::move(result), type, count_max, target] {
      return result.has_value() ? json_response(200, parked_json(type, result.value(), count_max))
                                : problem(result.error(), target);
    });
  };
  // One more than is shown tells whether there are more.
  host_.list_parked(call.type, limit.value() + 1, done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::unpark_entity(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  const Result<void> nothing = read_nothing(call.request.body);
  if (!nothing.has_value()) return call.refuse(nothing.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, target = call.request.target](Result<void> result) {
    deliver([result = std::move(result), target] {
      return result.has_value() ? Response{204, {}, {}, {}} : problem(result.error(), target);
    });
  };
  host_.unpark_entity(call.type, call.id, done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::change_type(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  const Result<TypeChange> change = read_type_change(call.request.body);
  if (!change.has_value()) return call.refuse(change.error());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, type = call.type,
                     target = call.request.target](Result<TypeChange> result) {
    deliver([result = std::move(result), type, target] {
      return result.has_value() ? json_response(200, type_json(type, result.value()))
                                : problem(result.error(), target);
    });
  };
  host_.change_type(call.type, change.value(), done);
  return wait_for(options_.answer_timeout);
}

Response deadline_response(const std::string& target) {
  return problem(error(ErrorCode::deadline, "the host did not answer within the request's time"), target);
}

}  // namespace shoal::management
