#pragma once
// What the management routes ask of a host's part in a cluster: plain values and one abstract class. Nodes
// are named by their addresses, HOST:PORT.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/management/callback.hpp"

namespace shoal::management {

// What a member last said of itself.
struct MemberLoad {
  double cpu_percent = 0;    // of all processors that it may use
  double lanes_percent = 0;  // of its lanes' time, in which they were busy
  std::uint64_t resident_memory_bytes = 0;
  std::uint32_t shards = 0;  // open there
  std::uint64_t lag = 0;     // records of its sources that are not done
};

struct ClusterMember {
  std::string address;
  std::string name;
  std::uint64_t uid = 0;  // of the incarnation
  std::string status;     // Joining, WeaklyUp, Up, Leaving, Exiting, Down, Removed
  std::vector<std::string> roles;
  bool is_reachable = true;
  std::vector<std::string> accusers;  // addresses of members that get no answer from it
  std::optional<MemberLoad> load{};   // in a view; empty: it has not said anything yet
};

// What one node knows.
struct ClusterView {
  std::string cluster;                 // its name
  ClusterMember self;                  // Joining until it is let in, Removed at the end
  std::vector<ClusterMember> members;  // by address, this one among them
  std::string leader;                  // address; empty: none
  std::string oldest;                  // likewise
  std::map<std::string, std::string> oldest_per_role;
  bool is_converged =
      false;  // all reachable members hold this view, and nobody unreachable stands in the way

  bool is_up() const { return self.status == "Up" || self.status == "WeaklyUp"; }
};

// A change of a member, named as Akka names it.
struct ClusterEvent {
  std::uint64_t number = 0;  // ascending
  std::int64_t time_ms = 0;  // since the Unix epoch
  std::string type;  // MemberJoined, …, MemberRemoved, UnreachableMember, ReachableMember, LeaderChanged
  ClusterMember member;         // of LeaderChanged: the leader's address only, empty where there is none
  std::string previous_status;  // of MemberRemoved
};

struct ClusterEventPage {
  std::vector<ClusterEvent> events;  // ascending
  std::uint64_t last = 0;            // to go on after
  std::uint64_t missed = 0;          // since then, and no longer kept
};

// What was decided on a split, and from what.
struct DowningDecision {
  std::int64_t time_ms = 0;  // since the Unix epoch
  std::string strategy;
  bool was_unstable = false;  // it did not stand still: all go down
  std::string verdict;        // down-unreachable, down-reachable, down-all
  std::vector<ClusterMember> members;
  std::vector<std::string> downed;
  std::vector<std::string> indirectly_connected;
};

// All that this node knows of another.
struct MemberExplanation {
  std::string node;                     // as it was asked for
  std::optional<ClusterMember> member;  // empty: it is none any more
  double phi = 0;                       // how unusual its silence is: -log10 of the chance
  bool is_watched = false;              // this node probes it
  bool is_quarantined = false;          // unreachable for good: it has to be downed and started again
  std::uint32_t refutations = 0;        // accusations that it has answered
  std::vector<ClusterEvent> events;     // ascending
  std::vector<DowningDecision> decisions;
};

struct ChannelTraffic {
  std::string channel;
  std::uint64_t messages_out = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
};

struct ClusterStatus {
  ClusterView view;
  std::vector<ChannelTraffic> channels;
  std::map<std::string, std::uint64_t> dropped;  // messages by reason
  std::uint64_t connections = 0;                 // that are there now, made by this host
  std::uint64_t connections_made = 0;
  std::uint64_t connections_lost = 0;
  std::uint64_t connections_failed = 0;
  std::uint64_t strangers_refused = 0;  // hellos, keys and handshakes
};

// How many of the view are in each state; every state of a member that is not removed is there.
std::map<std::string, std::uint64_t> members_by_status(const ClusterView& view);
std::uint64_t unreachable_members(const ClusterView& view);

enum class MemberOperation { leave, down };

// A host's part in a cluster. As of HostApi, functions are called on the management thread and return without
// waiting. ErrorCode::not_found: no such member; overloaded: too many orders wait; unavailable: this node is
// no member now.
class ClusterApi {
 public:
  virtual ~ClusterApi() = default;

  virtual std::shared_ptr<const ClusterView> view() = 0;
  // The first `limit` after a number; without one the last `limit`.
  virtual ClusterEventPage events(std::optional<std::uint64_t> after, std::size_t limit) = 0;
  // Those that lead to what is there now.
  virtual ClusterEventPage initial_events() = 0;

  // `node` is an address, a name or a uid. Gives the member as it was.
  virtual void change_member(std::string node, MemberOperation operation, Callback<ClusterMember> done) = 0;
  // Joins the cluster of the host at `address`. ErrorCode::already_exists: it is in one, or on its way.
  virtual void join(std::string address, Callback<void> done) = 0;
  // not_found also where nothing is remembered of a former member.
  virtual void explain(std::string node, Callback<MemberExplanation> done) = 0;
};

}  // namespace shoal::management
