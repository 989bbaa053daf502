// The routes of a cluster: those of Akka and Pekko Management below /cluster, our own below /v1/cluster.

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include "host/management/cluster_json.hpp"
#include "host/management/page_query.hpp"
#include "host/management/percent.hpp"
#include "host/management/problem.hpp"
#include "host/management/request_body.hpp"
#include "host/management/request_guard.hpp"
#include "host/management/route_call.hpp"

namespace shoal::management {
namespace {

Error alone() {
  return error(
      ErrorCode::not_found,
      "this host runs alone: start it with --seed HOST:PORT, or set cluster.seeds, to have a cluster");
}

// What stands behind the path of the route; an address of Akka's has slashes.
Result<std::string> node_of(const Target& target, std::size_t segments) {
  std::string encoded;
  for (std::size_t i = segments; i < target.segments.size(); ++i) {
    encoded.append(i == segments ? "" : "/").append(target.segments[i]);
  }
  auto node = percent_decode(encoded);
  if (!node) {
    return error(ErrorCode::invalid_argument, "a % in the path is not followed by two hex digits");
  }
  return std::move(*node);
}

// By HOST:PORT, with or without what Akka writes before it, or by name.
Result<ClusterMember> find_shown(const ClusterView& view, const std::string& node) {
  const std::size_t at = node.rfind('@');
  const std::string address = at == std::string::npos ? node : node.substr(at + 1);
  const auto found = std::ranges::find_if(view.members, [&](const ClusterMember& member) {
    return member.address == address || member.name == node;
  });
  if (found != view.members.end()) return *found;
  return error(ErrorCode::not_found, "Member [" + node + "] not found");
}

constexpr std::array<std::string_view, 7> member_events = {"MemberJoined", "MemberWeaklyUp", "MemberUp",
                                                           "MemberLeft",   "MemberExited",   "MemberDowned",
                                                           "MemberRemoved"};
constexpr std::array<std::string_view, 2> reachability_events = {"UnreachableMember", "ReachableMember"};

// The types of ?type=A&type=B, groups taken apart; empty: all.
Result<std::set<std::string, std::less<>>> read_event_types(std::string_view query) {
  std::set<std::string, std::less<>> types;
  const auto take = [&](const auto& names) { types.insert(names.begin(), names.end()); };
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    const std::string_view name = parameter.starts_with("type=") ? parameter.substr(5) : "";
    const bool is_all = name == "ClusterDomainEvent";
    const bool is_single = std::ranges::count(member_events, name) > 0 ||
                           std::ranges::count(reachability_events, name) > 0 || name == "LeaderChanged";
    if (!is_all && !is_single && name != "MemberEvent" && name != "ReachabilityEvent") {
      return error(ErrorCode::invalid_argument,
                   "this route takes type=NAME, again and again: ClusterDomainEvent, MemberEvent, "
                   "ReachabilityEvent, LeaderChanged or one of their events");
    }
    if (is_all || name == "MemberEvent") take(member_events);
    if (is_all || name == "ReachabilityEvent") take(reachability_events);
    if (is_all) types.insert("LeaderChanged");
    if (is_single) types.insert(std::string(name));
  }
  return types;
}

// The state as events, then what changes. Ends where the client was too slow for what is kept: it comes again
// and gets the state.
class EventText {
 public:
  EventText(ClusterApi& cluster, std::set<std::string, std::less<>> types)
      : cluster_(cluster), types_(std::move(types)) {}

  std::optional<std::string> next() {
    constexpr std::size_t events_max = 100;
    const ClusterEventPage page = last_ ? cluster_.events(last_, events_max) : cluster_.initial_events();
    if (page.missed > 0) return std::nullopt;
    last_ = page.last;
    const auto view = cluster_.view();
    std::string text;
    for (const ClusterEvent& event : page.events) {
      if (types_.empty() || types_.contains(event.type)) text += akka_event_text(*view, event);
    }
    return text;
  }

 private:
  ClusterApi& cluster_;
  std::set<std::string, std::less<>> types_;
  std::optional<std::uint64_t> last_;
};

}  // namespace

Handling Routes::cluster(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  return answer(json_response(200, cluster_json(*cluster->view())));
}

Handling Routes::cluster_events(const Call& call) {
  const Result<PageQuery> query = read_page_query(call.target.query, "after");
  if (!query.has_value()) return call.refuse(query.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  const ClusterEventPage page = cluster->events(query.value().number, query.value().limit);
  return answer(json_response(200, cluster_events_json(page)));
}

Handling Routes::explain_member(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  Result<std::string> node = node_of(call.target, 3);
  if (!node.has_value()) return call.refuse(node.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, target = call.request.target](Result<MemberExplanation> result) {
    deliver([result = std::move(result), target] {
      return result.has_value() ? json_response(200, explanation_json(result.value()))
                                : problem(result.error(), target);
    });
  };
  cluster->explain(std::move(node).value(), done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::members(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  return answer(json_response(200, akka_members_json(*cluster->view())));
}

Handling Routes::join(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  Result<std::string> address = read_address(call.request.body);
  if (!address.has_value()) return call.refuse(address.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  if (!call.deliver) return call.no_room();
  const auto done = [deliver = call.deliver, address = address.value(),
                     target = call.request.target](Result<void> result) {
    deliver([result = std::move(result), address, target] {
      return result.has_value() ? json_response(200, akka_message_json("Joining " + address))
                                : problem(result.error(), target);
    });
  };
  cluster->join(std::move(address).value(), done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::member(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  const Result<std::string> node = node_of(call.target, 2);
  if (!node.has_value()) return call.refuse(node.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  const auto view = cluster->view();
  const Result<ClusterMember> found = find_shown(*view, node.value());
  if (!found.has_value()) return call.refuse(found.error());
  return answer(json_response(200, akka_member_json(*view, found.value())));
}

// PUT says which operation; DELETE is to leave.
Handling Routes::change_member(const Call& call) {
  const auto none = query_value(call.target.query, "");
  if (!none.has_value()) return call.refuse(none.error());
  Result<std::string> node = node_of(call.target, 2);
  if (!node.has_value()) return call.refuse(node.error());
  Result<MemberOperation> operation = MemberOperation::leave;
  if (call.request.method == "PUT") operation = read_operation(call.request.body, is_form(call.request));
  if (!operation.has_value()) return call.refuse(operation.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  if (!call.deliver) return call.no_room();
  const bool is_leave = operation.value() == MemberOperation::leave;
  const auto done = [deliver = call.deliver, is_leave, cluster_name = cluster->view()->cluster,
                     target = call.request.target](Result<ClusterMember> result) {
    deliver([result = std::move(result), is_leave, cluster_name, target] {
      if (!result.has_value()) return problem(result.error(), target);
      return json_response(200, akka_message_json((is_leave ? "Leaving " : "Downing ") +
                                                  node_text(cluster_name, result.value().address)));
    });
  };
  cluster->change_member(std::move(node).value(), operation.value(), done);
  return wait_for(options_.answer_timeout);
}

Handling Routes::domain_events(const Call& call) {
  auto types = read_event_types(call.target.query);
  if (!types.has_value()) return call.refuse(types.error());
  ClusterApi* cluster = host_.cluster();
  if (cluster == nullptr) return call.refuse(alone());
  Response response;
  response.content_type = "text/event-stream";
  response.next = [text = std::make_shared<EventText>(*cluster, std::move(types).value())] {
    return text->next();
  };
  return answer(std::move(response));
}

}  // namespace shoal::management
