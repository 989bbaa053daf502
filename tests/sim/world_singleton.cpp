// The singleton of a simulated cluster: its manager and a proxy on each node, and what they say over the same
// network. An instance takes up to half a second to stop.

#include <algorithm>
#include <utility>

#include "shoal/base/assert.hpp"
#include "tests/sim/world.hpp"

namespace shoal::sim {

using cluster::SingletonMessage;
using cluster::SingletonMessageKind;

namespace {

SingletonMessage through_bytes(const SingletonMessage& message) {
  std::string bytes;
  cluster::encode(message, bytes);
  auto decoded = cluster::decode_singleton(bytes);
  SHOAL_ASSERT(decoded.has_value());
  return std::move(decoded).value();
}

}  // namespace

void World::start_singleton(Node& node) {
  node.runs_singleton = false;
  node.singleton_stops_ms = 0;
  if (config_.singleton == Singleton::none) return;
  cluster::SingletonConfig config{.name = "one", .role = {}};
  spoil(config_.bug, config);
  node.singleton = std::make_unique<cluster::SingletonManager>(std::move(config), cluster::Uid{node.uid});
  node.proxy = std::make_unique<cluster::SingletonProxy>(
      cluster::SingletonProxyConfig{.name = "one", .role = {}}, cluster::Uid{node.uid});
}

void World::deliver_singleton(NodeIndex index, const SingletonMessage& message) {
  Node& node = nodes_[index];
  if (message.to != cluster::Uid{node.uid} || !node.membership->is_member()) return;
  trace(message.from.value ^ static_cast<std::uint64_t>(message.kind));
  const bool is_for_proxy =
      message.kind == SingletonMessageKind::here || message.kind == SingletonMessageKind::not_here;
  if (is_for_proxy) {
    node.proxy->receive(message, proxy_outputs_);
  } else if (config_.bug == Bug::forged_words && message.kind == SingletonMessageKind::hand_over) {
    SingletonMessage word = message;
    std::swap(word.from, word.to);
    word.kind = SingletonMessageKind::done;
    singleton_outputs_.sends.push_back(std::move(word));
  } else {
    node.singleton->receive(message, singleton_outputs_);
  }
  follow_singleton(index);
  plan_wake(index);
}

void World::follow_singleton(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.singleton_stops_ms != 0 && now_ms_ >= node.singleton_stops_ms) {
    node.singleton_stops_ms = 0;
    node.runs_singleton = false;
    node.singleton->stopped(singleton_outputs_);
  }
  const cluster::Membership& membership = *node.membership;
  if (membership.is_member()) {
    const auto view = membership.is_converged() ? cluster::ViewIs::agreed : cluster::ViewIs::open;
    node.singleton->follow(membership.table(), view, clock_of(node), singleton_outputs_);
    node.proxy->follow(membership.table(), clock_of(node), proxy_outputs_);
  }
  finish_singleton(index);
}

void World::finish_singleton(NodeIndex index) {
  Node& node = nodes_[index];
  if (singleton_outputs_.start) node.runs_singleton = true;
  if (singleton_outputs_.stop) {
    node.singleton_stops_ms = now_ms_ + 1 + static_cast<std::int64_t>(random_.below(500));
  }
  singleton_delivered_ += singleton_outputs_.deliveries.size();
  if (node.runs_singleton) look_at_singleton(index);
  std::vector<SingletonMessage> sends = std::exchange(singleton_outputs_.sends, {});
  for (SingletonMessage& send : std::exchange(proxy_outputs_.sends, {})) sends.push_back(std::move(send));
  singleton_outputs_.clear();
  proxy_outputs_.clear();
  for (const SingletonMessage& send : sends) {
    const auto to = by_uid_.find(send.to);
    const bool is_spoilt = config_.bug == Bug::lost_words && send.kind == SingletonMessageKind::done;
    if (to == by_uid_.end() || is_spoilt || (to->second != index && is_lost(index, to->second))) continue;
    post(to->second, {index, through_bytes(send)}, draw_delay_ms(index, to->second));
  }
}

// One that is paused does nothing; it is looked at again when it goes on.
void World::look_at_singleton(NodeIndex index) {
  for (const NodeIndex other : singleton_at()) {
    if (other == index || now_ms_ < nodes_[other].paused_until_ms) continue;
    oracles_.add("the singleton runs on nodes " + std::to_string(index) + " and " + std::to_string(other),
                 now_ms_);
  }
}

std::int64_t World::singleton_wakeup_ms(const Node& node) const {
  std::int64_t wakeup_ms =
      std::min(node.singleton->wakeup_ms(), node.proxy->wakeup_ms()) - node.clock_ahead_ms;
  if (node.singleton_stops_ms != 0) wakeup_ms = std::min(wakeup_ms, node.singleton_stops_ms);
  return wakeup_ms;
}

std::vector<World::NodeIndex> World::singleton_at() const {
  std::vector<NodeIndex> found;
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].is_running && nodes_[node].runs_singleton) found.push_back(node);
  }
  return found;
}

void World::tell_singleton(NodeIndex from, std::string payload) {
  nodes_[from].proxy->tell(std::move(payload), proxy_outputs_);
  finish_singleton(from);
}

}  // namespace shoal::sim
