#pragma once
// Oracles: what must hold after every step of a simulated cluster, whatever the network did. Each breach is
// kept as a sentence with the time and the node.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cluster/membership.hpp"

namespace shoal::sim {

class Oracles {
 public:
  // After a step of one node: its events, what it sends, its view.
  void look(const cluster::Membership& node, const cluster::Outputs& outputs, std::int64_t now_ms);
  void add(const std::string& breach, std::int64_t now_ms);

  const std::vector<std::string>& breaches() const { return breaches_; }

 private:
  using Uid = cluster::Uid;

  void look_at_events(const cluster::Membership& node, const cluster::Outputs& outputs, std::int64_t now_ms);
  void look_at_view(const cluster::Membership& node, std::int64_t now_ms);
  void look_at_agreement(const cluster::Membership& node, std::int64_t now_ms);

  // What a node knew of a member: its state only moves forward, and a removed one stays removed.
  std::map<std::pair<Uid, Uid>, cluster::MemberState> known_states_;
  std::unordered_map<Uid, std::unordered_set<std::uint64_t>> views_held_;
  std::unordered_map<Uid, std::uint64_t> last_view_;
  std::unordered_map<Uid, std::unordered_map<Uid, std::uint32_t>> metrics_known_;
  std::set<std::pair<Uid, std::uint64_t>> agreements_;
  std::unordered_map<std::uint64_t, Uid> leaders_;  // of agreed views
  std::vector<std::string> breaches_;
};

}  // namespace shoal::sim
