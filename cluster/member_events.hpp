#pragma once
// MemberEvents: who listens to a node's membership, and what this node runs once it is up or gone.
//
// A listener gets what is there first, as it asks: one snapshot, or the events that lead to it (not the
// history); then each event, those of one member in the order of its states. What is registered for a moment
// that is over runs at once.
//
// Callbacks may register and cancel; what they register hears from the next event on. [control]; it must not
// outlive what its callbacks use.

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "cluster/membership.hpp"

namespace shoal::cluster {

struct MembersSnapshot {
  std::vector<Member> members;  // ascending uids
  std::optional<Uid> leader;
};

class MemberEvents {
 public:
  using Id = StrongId<struct ListenerTag, std::uint64_t>;
  using OnEvent = std::function<void(const MemberEvent&)>;
  using OnMetrics = std::function<void(const NodeMetrics&)>;
  using OnSnapshot = std::function<void(const MembersSnapshot&)>;

  Id listen_after_snapshot(const Membership& membership, const OnSnapshot& on_snapshot, OnEvent on_event);
  Id listen_after_events(const Membership& membership, OnEvent on_event);
  // What members say of themselves: what each said last, then all that is newer.
  Id listen_to_metrics(const Membership& membership, OnMetrics on_metrics);
  void cancel(Id id) {
    listeners_.erase(id);
    metrics_listeners_.erase(id);
  }

  // Once, when this node is up; when it is no member any more: removed, downed, left, or never let in.
  void on_up(std::function<void()> run);
  void on_removed(std::function<void()> run);

  // After each step of the membership, with its outputs.
  void publish(const Membership& membership, const Outputs& outputs);

 private:
  void run_all(std::vector<std::function<void()>>& callbacks);

  // By id, since a callback may register and cancel, itself too: who registers meanwhile hears from the next
  // one on.
  template <class Listeners, class Item>
  static void tell_all(const Listeners& listeners, Id last, const Item& item) {
    for (auto next = listeners.begin(); next != listeners.end() && next->first <= last;) {
      const Id id = next->first;
      const auto call = next->second;
      call(item);
      next = listeners.upper_bound(id);
    }
  }

  std::map<Id, OnEvent> listeners_;
  std::map<Id, OnMetrics> metrics_listeners_;
  std::uint64_t last_id_ = 0;
  std::vector<std::function<void()>> on_up_;
  std::vector<std::function<void()>> on_removed_;
  bool was_up_ = false;
  bool is_over_ = false;
};

}  // namespace shoal::cluster
