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

std::unique_ptr<Membership> World::make_membership(NodeIndex index) {
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
  node.is_running = true;
  node.was_disturbed = false;
  node.stop_reason.reset();
  node.wake_ms = 0;
  start_singleton(node);
  outputs_.clear();
  return std::make_unique<Membership>(std::move(profile), std::move(membership),
                                      spoil(config_.bug, strategy()), seed);
}

void World::start(NodeIndex index) {
  Node& node = nodes_[index];
  node.membership = make_membership(index);
  node.membership->start(clock_of(node), outputs_);
  finish_step(index);
}

void World::start_all() {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) start(node);
}

void World::start_formed() {
  cluster::Message welcome;
  welcome.kind = MessageKind::welcome;
  for (NodeIndex index = 0; index < nodes_.size(); ++index) {
    Node& node = nodes_[index];
    node.membership = make_membership(index);
    cluster::Record record;
    record.member.profile = std::make_shared<const cluster::Profile>(node.membership->self());
    record.member.state = cluster::MemberState::up;
    record.member.up_number = index + 1;
    welcome.records.push_back(std::move(record));
  }
  cluster::Message answer;
  answer.kind = MessageKind::seed_answer;
  answer.accepted = true;
  for (NodeIndex index = 0; index < nodes_.size(); ++index) {
    Membership& membership = *nodes_[index].membership;
    const NodeIndex seed = index == 0 ? 1 : 0;
    answer.from = welcome.from = Uid{nodes_[seed].uid};
    const std::int64_t now_ms = clock_of(nodes_[index]);
    membership.start(now_ms, outputs_);
    membership.receive(answer, nodes_[seed].address, now_ms, outputs_);
    membership.receive(welcome, nodes_[seed].address, now_ms, outputs_);
    outputs_.clear();
    // Not all at one moment, as they would have started.
    nodes_[index].wake_ms = now_ms_ + 1 + static_cast<std::int64_t>(random_.below(1'000));
    events_.push({nodes_[index].wake_ms, ++last_number_, index, std::nullopt});
  }
}

void World::crash(NodeIndex node) {
  nodes_[node].is_running = false;
  nodes_[node].waiting.clear();
  nodes_[node].paused_until_ms = 0;
  nodes_[node].deaf_until_ms = 0;
  nodes_[node].runs_singleton = false;
}

void World::restart(NodeIndex node) {
  crash(node);
  start(node);
}

void World::pause(NodeIndex node, std::int64_t length_ms, ClockWhile clock) {
  nodes_[node].paused_until_ms = now_ms_ + length_ms;
  nodes_[node].was_disturbed = true;
  if (clock == ClockWhile::stands) nodes_[node].clock_ahead_ms -= length_ms;
  nodes_[node].wake_ms = nodes_[node].paused_until_ms;
  events_.push({nodes_[node].wake_ms, ++last_number_, node, std::nullopt});
}

void World::deafen(NodeIndex index, std::int64_t length_ms) {
  Node& node = nodes_[index];
  node.deaf_until_ms = now_ms_ + length_ms;
  node.was_disturbed = true;
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

bool World::is_seen_gone(NodeIndex by, NodeIndex subject) const {
  const cluster::Member* member = nodes_[by].membership->table().find(Uid{nodes_[subject].uid});
  return member == nullptr || member->health.is_unreachable() || member->state >= cluster::MemberState::down;
}

bool World::is_seen_gone_by_all(NodeIndex subject) const {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].is_running && node != subject && !is_seen_gone(node, subject)) return false;
  }
  return true;
}

bool World::has_fresh_metrics(std::int64_t age_max_ms) const {
  const auto is_fresh = [&](const Node& by, const Node& of) {
    const cluster::NodeMetrics* metrics = by.membership->metrics().find(Uid{of.uid});
    return metrics != nullptr && now_ms_ - static_cast<std::int64_t>(metrics->lag) <= age_max_ms;
  };
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& by) {
    return !by.is_running || (by.membership->metrics().all().size() == running() &&
                              std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& of) {
                                return !of.is_running || is_fresh(by, of);
                              }));
  });
}

void World::handle(const Event& event) {
  Node& node = nodes_[event.node];
  if (event.parcel) {
    Delivery delivery = std::move(parcels_[*event.parcel]);
    free_parcels_.push_back(*event.parcel);
    if (!node.is_running) return;
    if (now_ms_ < std::max(node.paused_until_ms, node.deaf_until_ms)) {
      node.waiting.push_back(std::move(delivery));
    } else {
      deliver(event.node, delivery);
    }
    return;
  }
  if (!node.is_running || event.at_ms != node.wake_ms || now_ms_ < node.paused_until_ms) return;
  // Who is deaf hears with its first turn after that; it has several a second.
  if (now_ms_ >= node.deaf_until_ms) deliver_waiting(event.node);
  if (node.is_running) wake(event.node);
}

void World::deliver_waiting(NodeIndex index) {
  const std::vector<Delivery> waiting = std::exchange(nodes_[index].waiting, {});
  for (const Delivery& delivery : waiting) {
    if (nodes_[index].is_running) deliver(index, delivery);
  }
}

void World::deliver(NodeIndex index, const Delivery& delivery) {
  Node& node = nodes_[index];
  if (const auto* about_singleton = std::get_if<cluster::SingletonMessage>(&delivery.parcel)) {
    return deliver_singleton(index, *about_singleton);
  }
  const auto& message = std::get<cluster::Message>(delivery.parcel);
  trace(message.from.value ^ static_cast<std::uint64_t>(message.kind));
  trace(message.content);
  outputs_.clear();
  node.membership->receive(message, nodes_[delivery.from].address, clock_of(node), outputs_);
  finish_step(index);
}

void World::wake(NodeIndex index) {
  trace(index);
  outputs_.clear();
  nodes_[index].membership->tick(clock_of(nodes_[index]), outputs_);
  publish_metrics(nodes_[index]);
  nodes_[index].wake_ms = 0;
  finish_step(index);
}

// The lag is the time, so that who knows it knows how old it is.
void World::publish_metrics(Node& node) {
  if (now_ms_ < node.next_metrics_ms) return;
  node.next_metrics_ms = now_ms_ + config_.metrics_interval_ms;
  cluster::NodeMetrics metrics;
  metrics.lag = static_cast<std::uint64_t>(now_ms_);
  node.membership->publish(metrics, outputs_);
}

void World::finish_step(NodeIndex index) {
  Node& node = nodes_[index];
  if (config_.oracle == Oracle::every_step) oracles_.look(*node.membership, outputs_, now_ms_);
  for (const cluster::MemberEvent& event : outputs_.events) {
    if (event.kind != cluster::MemberEvent::Kind::unreachable) continue;
    const auto subject = by_uid_.find(event.profile->uid);
    if (subject == by_uid_.end() || !nodes_[subject->second].is_running) continue;
    ++healthy_called_unreachable_;
    if (!nodes_[subject->second].was_disturbed) ++undisturbed_called_unreachable_;
  }
  for (cluster::Send& send : outputs_.sends) carry(index, send);
  if (outputs_.stop) {
    node.stop_reason = outputs_.stop->reason;
    crash(index);
    return;
  }
  if (node.singleton != nullptr) follow_singleton(index);
  plan_wake(index);
}

void World::carry(NodeIndex from, cluster::Send& send) {
  ++messages_sent_;
  bytes_sent_ += cluster::wire_bytes(send.message);
  const NodeIndex to = by_address_.at(send.address);
  if (!spoil_said(config_.bug, send.message)) return;
  if (is_lost(from, to)) return;
  send.message = through_bytes(send.message);
  if (config_.bug == Bug::forged_answers && send.message.kind == MessageKind::ping_request) {
    cluster::Message forged = send.message;
    forged.kind = MessageKind::ack;
    std::swap(forged.from, forged.to);
    forged.records.clear();
    return post(from, {to, std::move(forged)}, draw_delay_ms(to, from));
  }
  if (config_.network.duplicate > 0 && random_.unit() < config_.network.duplicate) {
    post(to, {from, send.message}, draw_delay_ms(from, to));
  }
  post(to, {from, std::move(send.message)}, draw_delay_ms(from, to));
}

bool World::is_lost(NodeIndex from, NodeIndex to) {
  return cut_[from * nodes_.size() + to] || random_.unit() < config_.network.loss;
}

std::int64_t World::draw_delay_ms(NodeIndex from, NodeIndex to) {
  const auto jitter_ms = static_cast<std::uint64_t>(config_.network.jitter_ms);
  const auto slow = slow_.find({from, to});
  return config_.network.delay_min_ms + static_cast<std::int64_t>(random_.below(jitter_ms + 1)) +
         (slow == slow_.end() ? 0 : slow->second);
}

void World::post(NodeIndex to, Delivery delivery, std::int64_t delay_ms) {
  auto* message = std::get_if<cluster::Message>(&delivery.parcel);
  if (message != nullptr && !spoil_heard(config_.bug, *message)) return;
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
  std::int64_t asked_ms = node.membership->wakeup_ms() - node.clock_ahead_ms;
  if (node.singleton != nullptr) asked_ms = std::min(asked_ms, singleton_wakeup_ms(node));
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
