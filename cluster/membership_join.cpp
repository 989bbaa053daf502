// How a node becomes a member, on both sides: what the joiner wants done, and what a member answers.

#include <algorithm>
#include <utility>

#include "cluster/membership.hpp"

namespace shoal::cluster {

void Membership::ask_seed(const std::string& address) {
  outputs_->sends.push_back({address, message_of(MessageKind::seed_query)});
}

void Membership::request_join(const std::string& address) {
  Message request = message_of(MessageKind::join);
  request.records.push_back(
      {Member{.profile = self_, .state = MemberState::joining, .up_number = 0, .health = {}}, 0});
  request.settings = config_.settings;
  outputs_->sends.push_back({address, std::move(request)});
}

void Membership::form_cluster() {
  apply({Member{.profile = self_, .state = MemberState::joining, .up_number = 0, .health = {}}, 0});
}

void Membership::give_up() {
  stop(StopReason::join_timed_out,
       "no seed node let this node in: check that one of cluster.seeds runs and can be reached");
}

void Membership::receive_joining(const Message& message, const std::string& from_address) {
  switch (message.kind) {
    case MessageKind::seed_query: {
      Message answer = message_of(MessageKind::seed_answer);
      answer.to = message.from;
      answer.accepted = is_member();
      outputs_->sends.push_back({from_address, std::move(answer)});
      return;
    }
    case MessageKind::seed_answer:
      if (message.accepted) joiner_.found_member(from_address, now_ms_, *this);
      return;
    case MessageKind::join:
      if (is_member() && message.records.size() == 1) admit(message, from_address);
      return;
    case MessageKind::welcome:
      if (joiner_.state() != Joiner::State::requesting) return;
      joiner_.joined();
      for (const Record& record : message.records) apply(record);
      return;
    default:
      if (joiner_.state() != Joiner::State::requesting) return;
      joiner_.failed();
      stop(StopReason::join_refused, message.reason);
      return;
  }
}

void Membership::admit(const Message& message, const std::string& from_address) {
  Record record = message.records.front();
  const Uid uid = record.member.uid();
  Message answer = message_of(MessageKind::welcome);
  answer.to = uid;
  std::string reason = difference_of(message.settings);
  if (table_.is_removed(uid))
    reason = "this incarnation was removed from the cluster: start the process again";
  if (!reason.empty()) {
    answer.kind = MessageKind::refusal;
    answer.reason = std::move(reason);
    outputs_->sends.push_back({from_address, std::move(answer)});
    return;
  }
  const Member* former = table_.find_address(record.member.profile->address);
  if (former != nullptr && former->uid() != uid) {
    // Another process had this address. It is gone; the new one asks again until the old one is removed.
    Record downed{*former, 0};
    downed.member.state = std::max(former->state, MemberState::down);
    apply(downed);
    return;
  }
  record.member.state = MemberState::joining;
  record.member.up_number = 0;
  apply(record);
  for (const Uid each : {self_->uid, uid}) answer.records.push_back(*table_.record_of(each, now_ms_));
  outputs_->sends.push_back({from_address, std::move(answer)});
}

// Names the first setting that is not alike; empty where all are.
std::string Membership::difference_of(const Settings& theirs) const {
  const auto value_in = [](const Settings& settings, const std::string& name) -> std::string {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const auto& setting) { return setting.first == name; });
    return found == settings.end() ? "nothing" : "'" + found->second + "'";
  };
  const auto differs = [&](const std::string& name) {
    const std::string here = value_in(config_.settings, name);
    const std::string there = value_in(theirs, name);
    if (here == there) return std::string();
    return name + " is " + there + " on the joining node and " + here + " in the cluster: make them alike";
  };
  for (const Settings* settings : {&config_.settings, &theirs}) {
    for (const auto& [name, value] : *settings) {
      std::string difference = differs(name);
      if (!difference.empty()) return difference;
    }
  }
  return {};
}

}  // namespace shoal::cluster
