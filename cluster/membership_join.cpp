// How a node becomes a member, on both sides: what the joiner wants done, and what a member answers.

#include <algorithm>
#include <utility>

#include "cluster/membership.hpp"
#include "cluster/wire.hpp"

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
  apply({Member{.profile = self_, .state = MemberState::joining, .up_number = 0, .health = {}}, 0},
        Spread::told);
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
      for (const Record& record : message.records) {
        apply(record, record.member.uid() == self_->uid ? Spread::told : Spread::compared);
      }
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
    apply(downed, Spread::told);
    return;
  }
  record.member.state = MemberState::joining;
  record.member.up_number = 0;
  apply(record, Spread::told);
  for (const Uid each : {self_->uid, uid}) answer.records.push_back(*table_.record_of(each, now_ms_));
  add_anybody(answer);
  outputs_->sends.push_back({from_address, std::move(answer)});
}

// Members at random, as far as the byte budget goes: those that join together ask different ones for the
// rest.
void Membership::add_anybody(Message& welcome) {
  std::vector<Uid> told = {welcome.to};
  std::size_t bytes = wire_bytes(welcome);
  while (const auto member = draw_listener(told)) {
    told.push_back(*member);
    Record record = *table_.record_of(*member, now_ms_);
    bytes += wire_bytes(record);
    if (bytes > config_.gossip.message_bytes_max) return;
    welcome.records.push_back(std::move(record));
  }
}

// Names the first setting that is not alike; empty where all are. What only one of them has is no difference:
// a node need not have every entity type.
std::string Membership::difference_of(const Settings& theirs) const {
  for (const auto& here : config_.settings) {
    const auto there = std::find_if(theirs.begin(), theirs.end(),
                                    [&](const auto& setting) { return setting.first == here.first; });
    if (there == theirs.end() || there->second == here.second) continue;
    return here.first + " is '" + there->second + "' on the joining node and '" + here.second +
           "' in the cluster: make them alike";
  }
  return {};
}

}  // namespace shoal::cluster
