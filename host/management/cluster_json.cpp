#include "host/management/cluster_json.hpp"

#include <algorithm>
#include <utility>

#include "host/management/json.hpp"

namespace shoal::management {
namespace {

// Names come from configurations: what is not UTF-8 is shown as U+FFFD rather than refused.
std::string text_of(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json akka_json(const ClusterView& view, const ClusterMember& member) {
  return {{"node", node_text(view.cluster, member.address)},
          {"nodeUid", std::to_string(member.uid)},
          {"status", member.status},
          {"roles", member.roles}};
}

Json json_of(const ClusterMember& member) {
  return {{"address", member.address},
          {"name", text_or_null(member.name)},
          {"uid", std::to_string(member.uid)},
          {"status", member.status},
          {"roles", member.roles},
          {"reachable", member.is_reachable},
          {"accusers", member.accusers}};
}

Json json_of(const std::optional<MemberLoad>& load) {
  if (!load) return nullptr;
  return {{"cpu_percent", load->cpu_percent},
          {"lanes_percent", load->lanes_percent},
          {"resident_memory_bytes", load->resident_memory_bytes},
          {"shards", load->shards},
          {"lag", load->lag}};
}

Json json_of(const ClusterEvent& event) {
  const bool is_of_leader = event.type == "LeaderChanged";
  return {{"number", event.number},
          {"time_ms", event.time_ms},
          {"type", event.type},
          {"member", is_of_leader ? Json(nullptr) : json_of(event.member)},
          {"leader", is_of_leader ? text_or_null(event.member.address) : Json(nullptr)},
          {"previous_status", text_or_null(event.previous_status)}};
}

Json json_of(const DowningDecision& decision) {
  return {{"time_ms", decision.time_ms},
          {"strategy", decision.strategy},
          {"unstable", decision.was_unstable},
          {"verdict", decision.verdict},
          {"downed", decision.downed},
          {"indirectly_connected", decision.indirectly_connected},
          {"members", array_of(decision.members, json_of)}};
}

}  // namespace

std::map<std::string, std::uint64_t> members_by_status(const ClusterView& view) {
  std::map<std::string, std::uint64_t> counts{{"Joining", 0}, {"WeaklyUp", 0}, {"Up", 0},
                                              {"Leaving", 0}, {"Exiting", 0},  {"Down", 0}};
  for (const ClusterMember& member : view.members) ++counts[member.status];
  return counts;
}

std::uint64_t unreachable_members(const ClusterView& view) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(view.members, [](const ClusterMember& member) { return !member.is_reachable; }));
}

std::string node_text(const std::string& cluster, const std::string& address) {
  return "shoal://" + cluster + "@" + address;
}

std::string akka_members_json(const ClusterView& view) {
  Json members = Json::array();
  Json unreachable = Json::array();
  for (const ClusterMember& member : view.members) {
    members.push_back(akka_json(view, member));
    if (member.is_reachable) continue;
    Json observers = Json::array();
    for (const std::string& accuser : member.accusers) observers.push_back(node_text(view.cluster, accuser));
    unreachable.push_back(
        {{"node", node_text(view.cluster, member.address)}, {"observedBy", std::move(observers)}});
  }
  Json document = {{"selfNode", node_text(view.cluster, view.self.address)},
                   {"members", std::move(members)},
                   {"unreachable", std::move(unreachable)}};
  // What there is not, is left out.
  if (!view.leader.empty()) document["leader"] = node_text(view.cluster, view.leader);
  if (!view.oldest.empty()) document["oldest"] = node_text(view.cluster, view.oldest);
  document["oldestPerRole"] = Json::object();
  for (const auto& [role, oldest] : view.oldest_per_role) {
    document["oldestPerRole"][role] = node_text(view.cluster, oldest);
  }
  return text_of(document) + "\n";
}

std::string akka_member_json(const ClusterView& view, const ClusterMember& member) {
  return text_of(akka_json(view, member)) + "\n";
}

std::string akka_message_json(const std::string& message) { return text_of({{"message", message}}) + "\n"; }

std::string akka_event_text(const ClusterView& view, const ClusterEvent& event) {
  Json data = Json::object();
  if (event.type == "LeaderChanged") {
    if (!event.member.address.empty()) data["address"] = node_text(view.cluster, event.member.address);
  } else {
    data["member"] = {
        {"uniqueAddress",
         {{"address", node_text(view.cluster, event.member.address)}, {"longUid", event.member.uid}}},
        {"status", event.member.status},
        {"roles", event.member.roles},
        {"dataCenter", "default"}};
    if (!event.previous_status.empty()) data["previousStatus"] = event.previous_status;
  }
  data["type"] = event.type;
  return "data:" + text_of(data) + "\nevent:" + event.type + "\n\n";
}

std::string cluster_json(const ClusterView& view) {
  Json oldest_per_role = Json::object();
  for (const auto& [role, oldest] : view.oldest_per_role) oldest_per_role[role] = oldest;
  Json members = Json::array();
  for (const ClusterMember& member : view.members) {
    members.push_back(json_of(member));
    members.back()["load"] = json_of(member.load);
  }
  const Json document = {{"name", view.cluster},
                         {"self", json_of(view.self)},
                         {"converged", view.is_converged},
                         {"leader", text_or_null(view.leader)},
                         {"oldest", text_or_null(view.oldest)},
                         {"oldest_per_role", std::move(oldest_per_role)},
                         {"members", std::move(members)}};
  return text_of(document) + "\n";
}

std::string cluster_events_json(const ClusterEventPage& page) {
  const Json document = {
      {"events", array_of(page.events, json_of)}, {"last", page.last}, {"missed", page.missed}};
  return text_of(document) + "\n";
}

std::string explanation_json(const MemberExplanation& explanation) {
  const Json document = {{"node", explanation.node},
                         {"member", explanation.member ? json_of(*explanation.member) : Json(nullptr)},
                         {"watched", explanation.is_watched},
                         {"phi", explanation.phi},
                         {"quarantined", explanation.is_quarantined},
                         {"refutations", explanation.refutations},
                         {"events", array_of(explanation.events, json_of)},
                         {"decisions", array_of(explanation.decisions, json_of)}};
  return text_of(document) + "\n";
}

}  // namespace shoal::management
