#pragma once
// The documents of a cluster: those of Akka and Pekko Management as they are there, and our own. Pure.

#include <string>
#include <vector>

#include "host/management/cluster_api.hpp"

namespace shoal::management {

// shoal://CLUSTER@HOST:PORT, as Akka writes a node.
std::string node_text(const std::string& cluster, const std::string& address);

// Akka's, of /cluster/members and of one member.
std::string akka_members_json(const ClusterView& view);
std::string akka_member_json(const ClusterView& view, const ClusterMember& member);
std::string akka_message_json(const std::string& message);
// A Server-Sent Event, with Akka's data.
std::string akka_event_text(const ClusterView& view, const ClusterEvent& event);

// Ours: uids are texts, since they are larger than what a double holds.
std::string cluster_json(const ClusterView& view);
std::string cluster_events_json(const ClusterEventPage& page);
std::string explanation_json(const MemberExplanation& explanation);

}  // namespace shoal::management
