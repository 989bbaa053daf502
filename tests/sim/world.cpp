#include "tests/sim/world.hpp"

#include <algorithm>
#include <utility>

#include "cluster/wire.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::sim {

using cluster::Membership;
using cluster::MessageKind;
using cluster::Uid;

namespace {

// As it comes out of the bytes it goes as.
cluster::Message through_bytes(const cluster::Message& message) {
  std::string bytes;
  cluster::encode(message, bytes);
  auto decoded = cluster::decode(bytes);
  SHOAL_ASSERT(decoded.has_value());
  return std::move(decoded).value();
}

}  // namespace

World::World(WorldConfig config)
    : config_(std::move(config)),
      random_(config_.seed),
      nodes_(config_.nodes),
      cut_(config_.nodes * config_.nodes) {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    nodes_[node].address = "10.0." + std::to_string(node / 256) + "." + std::to_string(node % 256) + ":7000";
    by_address_[nodes_[node].address] = node;
    if (node < config_.seeds) config_.membership.join.seeds.push_back(nodes_[node].address);
  }
}

void World::start(NodeIndex index) {
  Node& node = nodes_[index];
  std::uint64_t seed = random_.next();
  const std::uint64_t drawn_uid = random_.next() | 1;
  if (config_.bug == Bug::unseeded_chance) {
    static std::uint64_t runs = 0;
    seed += ++runs;
  }
  if (config_.bug != Bug::reused_uid || node.uid == 0) node.uid = drawn_uid;
  by_uid_[Uid{node.uid}] = index;
  auto profile = std::make_shared<const cluster::Profile>(
      cluster::Profile{"node-" + std::to_string(index), node.address, Uid{node.uid}, {}});
  cluster::MembershipConfig membership = config_.membership;
  spoil(config_.bug, membership, node.address);
  node.membership = std::make_unique<Membership>(std::move(profile), std::move(membership),
                                                 spoil(config_.bug, strategy()), seed);
  node.is_running = true;
  node.stop_reason.reset();
  node.wake_ms = 0;
  outputs_.clear();
  node.membership->start(clock_of(node), outputs_);
  finish_step(index);
}

void World::start_all() {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) start(node);
}

void World::crash(NodeIndex node) {
  nodes_[node].is_running = false;
  nodes_[node].waiting.clear();
  nodes_[node].paused_until_ms = 0;
}

void World::restart(NodeIndex node) {
  crash(node);
  start(node);
}

void World::pause(NodeIndex node, std::int64_t length_ms, ClockWhile clock) {
  nodes_[node].paused_until_ms = now_ms_ + length_ms;
  if (clock == ClockWhile::stands) nodes_[node].clock_ahead_ms -= length_ms;
  nodes_[node].wake_ms = nodes_[node].paused_until_ms;
  events_.push({nodes_[node].wake_ms, ++last_number_, node, std::nullopt});
}

void World::jump_clock(NodeIndex node, std::int64_t ahead_ms) {
  nodes_[node].clock_ahead_ms += ahead_ms;
  plan_wake(node);
}

void World::leave(NodeIndex index) {
  Node& node = nodes_[index];
  outputs_.clear();
  node.membership->leave(Uid{node.uid}, clock_of(node), outputs_);
  finish_step(index);
}

void World::cut(NodeIndex from, NodeIndex to) { cut_[from * nodes_.size() + to] = true; }

void World::cut_apart(const std::vector<NodeIndex>& side) {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    if (std::find(side.begin(), side.end(), node) != side.end()) continue;
    for (const NodeIndex other : side) {
      cut(node, other);
      cut(other, node);
    }
  }
}

void World::heal() { std::fill(cut_.begin(), cut_.end(), false); }

void World::run_for(std::int64_t length_ms) {
  const std::int64_t end_ms = now_ms_ + length_ms;
  while (!events_.empty() && events_.top().at_ms <= end_ms) {
    const Event event = events_.top();
    events_.pop();
    now_ms_ = event.at_ms;
    handle(event);
  }
  now_ms_ = end_ms;
}

bool World::is_settled() const {
  std::optional<std::uint64_t> content;
  for (const Node& node : nodes_) {
    if (!node.is_running) continue;
    const Membership& membership = *node.membership;
    const auto& members = membership.table().members();
    if (!membership.is_converged() || members.size() != running()) return false;
    if (content && *content != membership.table().content()) return false;
    content = membership.table().content();
    const bool all_are_up = std::all_of(members.begin(), members.end(), [](const cluster::Member& member) {
      return member.state == cluster::MemberState::up && !member.health.is_unreachable();
    });
    if (!all_are_up || membership.table().find(Uid{node.uid}) == nullptr) return false;
  }
  return content.has_value();
}

std::size_t World::running() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.is_running; }));
}

bool World::is_seen_gone_by_all(NodeIndex subject) const {
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
    if (!node.is_running || &node == &nodes_[subject]) return true;
    const cluster::Member* member = node.membership->table().find(Uid{nodes_[subject].uid});
    return member == nullptr || member->health.is_unreachable() ||
           member->state >= cluster::MemberState::down;
  });
}

void World::handle(const Event& event) {
  Node& node = nodes_[event.node];
  if (event.parcel) {
    Delivery delivery = std::move(parcels_[*event.parcel]);
    free_parcels_.push_back(*event.parcel);
    if (!node.is_running) return;
    if (now_ms_ < node.paused_until_ms) {
      node.waiting.push_back(std::move(delivery));
    } else {
      deliver(event.node, delivery);
    }
    return;
  }
  if (!node.is_running || event.at_ms != node.wake_ms || now_ms_ < node.paused_until_ms) return;
  const std::vector<Delivery> waiting = std::exchange(node.waiting, {});
  for (const Delivery& delivery : waiting) {
    if (node.is_running) deliver(event.node, delivery);
  }
  if (node.is_running) wake(event.node);
}

void World::deliver(NodeIndex index, const Delivery& delivery) {
  Node& node = nodes_[index];
  trace(delivery.message.from.value ^ static_cast<std::uint64_t>(delivery.message.kind));
  trace(delivery.message.content);
  outputs_.clear();
  node.membership->receive(delivery.message, nodes_[delivery.from].address, clock_of(node), outputs_);
  finish_step(index);
}

void World::wake(NodeIndex index) {
  trace(index);
  outputs_.clear();
  nodes_[index].membership->tick(clock_of(nodes_[index]), outputs_);
  nodes_[index].wake_ms = 0;
  finish_step(index);
}

void World::finish_step(NodeIndex index) {
  Node& node = nodes_[index];
  oracles_.look(*node.membership, outputs_, now_ms_);
  for (const cluster::MemberEvent& event : outputs_.events) {
    if (event.kind != cluster::MemberEvent::Kind::unreachable) continue;
    const auto subject = by_uid_.find(event.profile->uid);
    if (subject != by_uid_.end() && nodes_[subject->second].is_running) ++healthy_called_unreachable_;
  }
  for (cluster::Send& send : outputs_.sends) carry(index, send);
  if (outputs_.stop) {
    node.stop_reason = outputs_.stop->reason;
    crash(index);
    return;
  }
  plan_wake(index);
}

void World::carry(NodeIndex from, cluster::Send& send) {
  ++messages_sent_;
  bytes_sent_ += cluster::wire_bytes(send.message);
  const NodeIndex to = by_address_.at(send.address);
  if (!spoil_said(config_.bug, send.message)) return;
  if (cut_[from * nodes_.size() + to] || random_.unit() < config_.network.loss) return;
  send.message = through_bytes(send.message);
  const auto delay_ms = [&] {
    return config_.network.delay_min_ms + static_cast<std::int64_t>(random_.below(
                                              static_cast<std::uint64_t>(config_.network.jitter_ms) + 1));
  };
  if (config_.bug == Bug::forged_answers && send.message.kind == MessageKind::ping_request) {
    cluster::Message forged = send.message;
    forged.kind = MessageKind::ack;
    std::swap(forged.from, forged.to);
    forged.records.clear();
    return post(from, {to, std::move(forged)}, delay_ms());
  }
  if (config_.network.duplicate > 0 && random_.unit() < config_.network.duplicate) {
    post(to, {from, send.message}, delay_ms());
  }
  post(to, {from, std::move(send.message)}, delay_ms());
}

void World::post(NodeIndex to, Delivery delivery, std::int64_t delay_ms) {
  if (!spoil_heard(config_.bug, delivery.message)) return;
  if (free_parcels_.empty()) {
    free_parcels_.push_back(parcels_.size());
    parcels_.emplace_back();
  }
  const std::size_t parcel = free_parcels_.back();
  free_parcels_.pop_back();
  parcels_[parcel] = std::move(delivery);
  events_.push({now_ms_ + delay_ms, ++last_number_, to, parcel});
}

void World::plan_wake(NodeIndex index) {
  Node& node = nodes_[index];
  if (!node.is_running || now_ms_ < node.paused_until_ms) return;
  const std::int64_t asked_ms = node.membership->wakeup_ms() - node.clock_ahead_ms;
  const std::int64_t wake_ms = std::max(asked_ms, now_ms_ + 1);
  if (wake_ms == node.wake_ms) return;
  node.wake_ms = wake_ms;
  events_.push({wake_ms, ++last_number_, index, std::nullopt});
}

void World::trace(std::uint64_t what) {
  trace_hash_ = cluster::mix(trace_hash_ ^ what ^ static_cast<std::uint64_t>(now_ms_));
}

std::unique_ptr<const cluster::DowningStrategy> World::strategy() const {
  switch (config_.strategy) {
    case Strategy::static_quorum:
      return cluster::static_quorum(static_cast<std::uint32_t>(config_.nodes / 2 + 1));
    case Strategy::keep_oldest:
      return cluster::keep_oldest(true);
    case Strategy::down_all:
      return cluster::down_all();
    case Strategy::keep_majority:
      break;
  }
  return cluster::keep_majority();
}

}  // namespace shoal::sim
