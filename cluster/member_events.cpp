#include "cluster/member_events.hpp"

#include <utility>

namespace shoal::cluster {

MemberEvents::Id MemberEvents::listen_after_snapshot(const Membership& membership,
                                                     const OnSnapshot& on_snapshot, OnEvent on_event) {
  on_snapshot({membership.table().members(), membership.agreement().view().leader});
  const Id id{++last_id_};
  listeners_.emplace(id, std::move(on_event));
  return id;
}

MemberEvents::Id MemberEvents::listen_after_events(const Membership& membership, OnEvent on_event) {
  for (const MemberEvent& event : membership.initial_events()) on_event(event);
  const Id id{++last_id_};
  listeners_.emplace(id, std::move(on_event));
  return id;
}

MemberEvents::Id MemberEvents::listen_to_metrics(const Membership& membership, OnMetrics on_metrics) {
  for (const NodeMetrics& metrics : membership.metrics().all()) on_metrics(metrics);
  const Id id{++last_id_};
  metrics_listeners_.emplace(id, std::move(on_metrics));
  return id;
}

void MemberEvents::on_up(std::function<void()> run) {
  if (was_up_) return run();
  if (!is_over_) on_up_.push_back(std::move(run));
}

void MemberEvents::on_removed(std::function<void()> run) {
  if (is_over_) return run();
  on_removed_.push_back(std::move(run));
}

void MemberEvents::publish(const Membership& membership, const Outputs& outputs) {
  const Id last{last_id_};
  for (const MemberEvent& event : outputs.events) {
    tell_all(listeners_, last, event);
    const bool is_own = event.profile->uid == membership.self().uid;
    if (is_own && event.kind == MemberEvent::Kind::state && event.state == MemberState::up && !was_up_) {
      was_up_ = true;
      run_all(on_up_);
    }
  }
  for (const NodeMetrics& metrics : outputs.metrics) tell_all(metrics_listeners_, last, metrics);
  if (is_over_ || (!outputs.stop && !membership.is_over())) return;
  is_over_ = true;
  on_up_.clear();
  run_all(on_removed_);
}

void MemberEvents::run_all(std::vector<std::function<void()>>& callbacks) {
  for (const auto& run : std::exchange(callbacks, {})) run();
}

}  // namespace shoal::cluster
