#pragma once
// What a membership knows, as the values that people and scripts are shown. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/membership.hpp"
#include "host/management/cluster_api.hpp"

namespace shoal::node {

// Akka's names: Joining, WeaklyUp, Up, Leaving, Exiting, Down, Removed.
const char* status_name(cluster::MemberState state);
// Of the change of a member: MemberUp, UnreachableMember and so on.
const char* event_name(const cluster::MemberEvent& event);

management::ClusterMember view_of(const cluster::Profile& profile, cluster::MemberState state);
management::ClusterMember view_of(const cluster::Member& member, const cluster::MemberTable& table);
management::MemberLoad view_of(const cluster::NodeMetrics& metrics);
management::ClusterView view_of(const cluster::Membership& membership, const std::string& cluster_name);

// `steady_at_ms` is when the steady clock and the wall clock said `steady_ms` and `unix_ms`.
management::DowningDecision view_of(const cluster::DowningRecord& record, const cluster::MemberTable& table,
                                    std::int64_t unix_less_steady_ms);

// By address, name, uid, or as Akka writes a node: shoal://CLUSTER@ADDRESS. not_found, or invalid_argument
// where several have the name; the text says what to do.
Result<management::ClusterMember> find_member(const management::ClusterView& view, std::string_view node);
// The address in such a text.
std::string_view address_in(std::string_view node);

}  // namespace shoal::node
