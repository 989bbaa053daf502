#include "host/cluster/member_view.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace shoal::node {

namespace {

// An accuser may be gone meanwhile.
std::string address_of(cluster::Uid uid, const cluster::MemberTable& table) {
  const cluster::Member* member = table.find(uid);
  return member == nullptr ? std::to_string(uid.value) : member->profile->address;
}

std::string address_of(const std::optional<cluster::Uid>& uid, const cluster::MemberTable& table) {
  return uid ? address_of(*uid, table) : std::string();
}

}  // namespace

const char* status_name(cluster::MemberState state) {
  constexpr std::array<const char*, 7> names = {"Joining", "WeaklyUp", "Up",     "Leaving",
                                                "Exiting", "Down",     "Removed"};
  return names[static_cast<std::size_t>(state)];
}

const char* event_name(const cluster::MemberEvent& event) {
  using Kind = cluster::MemberEvent::Kind;
  constexpr std::array<const char*, 7> names = {"MemberJoined", "MemberWeaklyUp", "MemberUp",
                                                "MemberLeft",   "MemberExited",   "MemberDowned",
                                                "MemberRemoved"};
  if (event.kind == Kind::unreachable) return "UnreachableMember";
  if (event.kind == Kind::reachable) return "ReachableMember";
  return names[static_cast<std::size_t>(event.state)];
}

management::ClusterMember view_of(const cluster::Profile& profile, cluster::MemberState state) {
  management::ClusterMember view;
  view.address = profile.address;
  view.name = profile.name;
  view.uid = profile.uid.value;
  view.status = status_name(state);
  view.roles = profile.roles;
  return view;
}

management::ClusterMember view_of(const cluster::Member& member, const cluster::MemberTable& table) {
  management::ClusterMember view = view_of(*member.profile, member.state);
  view.is_reachable = !member.health.is_unreachable();
  for (const cluster::Uid accuser : member.health.accusers) {
    view.accusers.push_back(address_of(accuser, table));
  }
  std::sort(view.accusers.begin(), view.accusers.end());
  return view;
}

management::MemberLoad view_of(const cluster::NodeMetrics& metrics) {
  constexpr double permille_of_percent = 10;
  management::MemberLoad load;
  load.cpu_percent = metrics.cpu_permille / permille_of_percent;
  load.lanes_percent = metrics.lanes_permille / permille_of_percent;
  load.resident_memory_bytes = std::uint64_t{metrics.memory_mib} << 20;
  load.shards = metrics.shards;
  load.lag = metrics.lag;
  return load;
}

management::ClusterView view_of(const cluster::Membership& membership, const std::string& cluster_name) {
  using cluster::MemberState;
  const cluster::MemberTable& table = membership.table();
  management::ClusterView view;
  view.cluster = cluster_name;
  const cluster::Member* self = table.find(membership.self().uid);
  view.self =
      self != nullptr && !membership.is_over()
          ? view_of(*self, table)
          : view_of(membership.self(), membership.is_over() ? MemberState::removed : MemberState::joining);
  std::set<std::string> roles;
  for (const cluster::Member& member : table.members()) {
    view.members.push_back(view_of(member, table));
    if (const cluster::NodeMetrics* metrics = membership.metrics().find(member.uid())) {
      view.members.back().load = view_of(*metrics);
    }
    roles.insert(member.profile->roles.begin(), member.profile->roles.end());
  }
  std::sort(view.members.begin(), view.members.end(),
            [](const auto& left, const auto& right) { return left.address < right.address; });
  view.leader = address_of(cluster::view_of(table).leader, table);
  view.oldest = address_of(cluster::oldest_of(table, nullptr), table);
  for (const std::string& role : roles) {
    const auto oldest = cluster::oldest_of(table, &role);
    if (oldest) view.oldest_per_role[role] = address_of(oldest, table);
  }
  view.is_converged = membership.is_converged();
  return view;
}

management::DowningDecision view_of(const cluster::DowningRecord& record, const cluster::MemberTable& table,
                                    std::int64_t unix_less_steady_ms) {
  management::DowningDecision view;
  view.time_ms = record.at_ms + unix_less_steady_ms;
  view.strategy = record.strategy;
  view.was_unstable = record.was_unstable;
  view.verdict = cluster::name_of(record.decision.verdict);
  const auto address_then = [&](cluster::Uid uid) {
    const auto found = std::find_if(record.split.begin(), record.split.end(),
                                    [&](const cluster::SplitMember& member) { return member.uid == uid; });
    return found == record.split.end() ? address_of(uid, table) : found->address;
  };
  for (const cluster::SplitMember& member : record.split) {
    management::ClusterMember shown;
    shown.address = member.address;
    shown.uid = member.uid.value;
    shown.status = status_name(member.state);
    shown.is_reachable = member.is_reachable;
    for (const cluster::Uid accuser : member.accusers) shown.accusers.push_back(address_then(accuser));
    view.members.push_back(std::move(shown));
  }
  for (const cluster::Uid uid : record.decision.to_down) view.downed.push_back(address_then(uid));
  for (const cluster::Uid uid : record.decision.indirectly_connected) {
    view.indirectly_connected.push_back(address_then(uid));
  }
  return view;
}

std::string_view address_in(std::string_view node) {
  const std::size_t at = node.rfind('@');
  return at == std::string_view::npos ? node : node.substr(at + 1);
}

Result<management::ClusterMember> find_member(const management::ClusterView& view, std::string_view node) {
  const management::ClusterMember* found = nullptr;
  for (const management::ClusterMember& member : view.members) {
    if (member.address == address_in(node) || std::to_string(member.uid) == node) return member;
    if (member.name != node) continue;
    if (found != nullptr) {
      return error(ErrorCode::invalid_argument,
                   "several members are called " + std::string(node) + ": name one by its address");
    }
    found = &member;
  }
  if (found != nullptr) return *found;
  return error(ErrorCode::not_found,
               "no member of the cluster is " + std::string(node) + ": 'shoal cluster members' lists them");
}

}  // namespace shoal::node
