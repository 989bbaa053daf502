#include "tests/sim/oracles.hpp"

#include "cluster/wire.hpp"

namespace shoal::sim {

namespace {

constexpr std::size_t breaches_max = 20;
constexpr std::size_t message_bytes_max = 1'200;

// What a comparison brings has no budget but the wire's.
bool is_within_budget(const cluster::Message& message) {
  const bool is_of_comparison = message.kind == cluster::MessageKind::records;
  const std::size_t bytes_max = is_of_comparison ? cluster::wire_message_bytes_max : message_bytes_max;
  return message.records.size() <= 1 || cluster::wire_bytes(message) <= bytes_max;
}

}  // namespace

void Oracles::add(const std::string& breach, std::int64_t now_ms) {
  if (breaches_.size() < breaches_max) breaches_.push_back("at " + std::to_string(now_ms) + " ms: " + breach);
}

void Oracles::look(const cluster::Membership& node, const cluster::Outputs& outputs, std::int64_t now_ms) {
  look_at_events(node, outputs, now_ms);
  for (const cluster::Send& send : outputs.sends) {
    if (!is_within_budget(send.message)) add(node.self().name + " sent a message over the budget", now_ms);
    // A leader may hear of a view, see it agreed on and move on in one step.
    if (node.is_member()) views_held_[node.self().uid].insert(send.message.view);
  }
  for (const cluster::NodeMetrics& metrics : outputs.metrics) {
    std::uint32_t& known = metrics_known_[node.self().uid][metrics.uid];
    if (metrics.sequence <= known) add(node.self().name + " took old metrics for new ones", now_ms);
    known = metrics.sequence;
  }
  if (!node.is_member()) return;
  if (last_view_[node.self().uid] != node.table().view()) look_at_view(node, now_ms);
  if (node.is_converged()) look_at_agreement(node, now_ms);
}

void Oracles::look_at_events(const cluster::Membership& node, const cluster::Outputs& outputs,
                             std::int64_t now_ms) {
  for (const cluster::MemberEvent& event : outputs.events) {
    if (event.kind != cluster::MemberEvent::Kind::state) continue;
    const auto [known, is_first] =
        known_states_.try_emplace({node.self().uid, event.profile->uid}, event.state);
    if (is_first) continue;
    if (event.state <= known->second) {
      add(node.self().name + " saw " + event.profile->name + " go from " + name_of(known->second) + " to " +
              name_of(event.state),
          now_ms);
    }
    known->second = event.state;
  }
}

void Oracles::look_at_view(const cluster::Membership& node, std::int64_t now_ms) {
  const Uid self = node.self().uid;
  last_view_[self] = node.table().view();
  views_held_[self].insert(node.table().view());
  std::uint64_t last_uid = 0;
  for (const cluster::Member& member : node.table().members()) {
    if (member.uid().value <= last_uid) add(node.self().name + " holds its members out of order", now_ms);
    last_uid = member.uid().value;
    const auto known = known_states_.find({self, member.uid()});
    if (known == known_states_.end() || known->second != member.state) {
      add(node.self().name + " holds " + member.profile->name + " as " + name_of(member.state) +
              " without an event",
          now_ms);
    }
  }
}

void Oracles::look_at_agreement(const cluster::Membership& node, std::int64_t now_ms) {
  const std::uint64_t view = node.table().view();
  if (!agreements_.insert({node.self().uid, view}).second) return;
  const auto& members = node.table().members();
  for (std::size_t rank = 0; rank < members.size(); ++rank) {
    if (!node.agreement().view().required.test(rank)) continue;
    if (!views_held_[members[rank].uid()].contains(view)) {
      add(node.self().name + " takes its view for agreed, and " + members[rank].profile->name +
              " never held it",
          now_ms);
    }
  }
  const auto leader = node.agreement().view().leader;
  if (!leader) return;
  const auto [known, is_first] = leaders_.try_emplace(view, *leader);
  if (!is_first && known->second != *leader) add("one agreed view has two leaders", now_ms);
}

}  // namespace shoal::sim
