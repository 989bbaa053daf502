#include "host/cluster/cluster_history.hpp"

#include <algorithm>
#include <utility>

namespace shoal::node {

namespace {

const char* event_of(const std::string& status) {
  if (status == "WeaklyUp") return "MemberWeaklyUp";
  if (status == "Up") return "MemberUp";
  if (status == "Leaving") return "MemberLeft";
  if (status == "Exiting") return "MemberExited";
  if (status == "Down") return "MemberDowned";
  return "MemberJoined";
}

management::ClusterEvent leader_event(const management::ClusterView& view) {
  management::ClusterEvent event;
  event.type = "LeaderChanged";
  event.member.address = view.leader;
  return event;
}

}  // namespace

ClusterHistory::ClusterHistory(management::ClusterView view)
    : view_(std::make_shared<const management::ClusterView>(std::move(view))) {}

void ClusterHistory::publish(management::ClusterView view, std::vector<management::ClusterEvent> events,
                             std::int64_t unix_ms) {
  const std::lock_guard lock(mutex_);
  if (view.leader != view_->leader) events.push_back(leader_event(view));
  for (management::ClusterEvent& event : events) {
    event.number = ++last_;
    event.time_ms = unix_ms;
    if (events_.size() == events_max) events_.pop_front();
    events_.push_back(std::move(event));
  }
  view_ = std::make_shared<const management::ClusterView>(std::move(view));
  published_ms_ = unix_ms;
}

std::shared_ptr<const management::ClusterView> ClusterHistory::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

management::ClusterEventPage ClusterHistory::events(std::optional<std::uint64_t> after,
                                                    std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  management::ClusterEventPage page;
  const std::uint64_t first = last_ - events_.size();  // everything after it is kept
  const std::uint64_t wanted =
      after ? std::min(*after, last_) : last_ - std::min<std::uint64_t>(last_, limit);
  const std::uint64_t begin = std::max(wanted, first);
  if (after) page.missed = begin - wanted;
  const std::uint64_t end = std::min<std::uint64_t>(last_, begin + limit);
  for (std::uint64_t number = begin; number < end; ++number) page.events.push_back(events_[number - first]);
  page.last = end;
  return page;
}

management::ClusterEventPage ClusterHistory::initial_events() const {
  const std::lock_guard lock(mutex_);
  management::ClusterEventPage page;
  page.last = last_;
  const auto add = [&](management::ClusterEvent event) {
    event.number = last_;
    event.time_ms = published_ms_;
    page.events.push_back(std::move(event));
  };
  for (const management::ClusterMember& member : view_->members) {
    add({0, 0, event_of(member.status), member, ""});
    if (!member.is_reachable) add({0, 0, "UnreachableMember", member, ""});
  }
  if (!view_->leader.empty()) add(leader_event(*view_));
  return page;
}

std::vector<management::ClusterEvent> ClusterHistory::events_of(const std::string& address,
                                                                std::uint64_t uid) const {
  const std::lock_guard lock(mutex_);
  std::vector<management::ClusterEvent> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
               [&](const management::ClusterEvent& event) {
                 if (event.type == "LeaderChanged") return false;
                 return event.member.uid == uid || event.member.address == address;
               });
  return found;
}

}  // namespace shoal::node
