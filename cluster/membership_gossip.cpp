// What members say to each other: probes and their answers, news within a byte budget, and the repair of
// tables that differ.

#include <algorithm>
#include <utility>

#include "cluster/membership.hpp"
#include "cluster/wire.hpp"

namespace shoal::cluster {

void Membership::receive(const Message& message, const std::string& from_address, std::int64_t now_ms,
                         Outputs& outputs) {
  const bool is_for_another = message.to != Uid{0} && message.to != self_->uid;
  if (is_over_ || is_for_another || message.from == self_->uid) return;
  begin(now_ms, outputs);
  if (message.kind >= MessageKind::seed_query) {
    receive_joining(message, from_address);
    settle();
    return;
  }
  if (!is_member()) return;
  if (table_.is_removed(message.from)) {
    // It does not know that it is gone.
    Message farewell = message_of(MessageKind::gossip);
    farewell.to = message.from;
    farewell.records.push_back(*table_.record_of(message.from, now_ms));
    outputs.sends.push_back({from_address, std::move(farewell)});
    return;
  }
  detector_.heard(message.from, now_ms);
  for (const Record& record : message.records) apply(record);
  settle();
  if (!is_member()) return;
  hear_view(message);
  answer(message);
  offer_sync(message);
  settle();
}

void Membership::ping(Uid to, std::uint32_t sequence) {
  Message ping = message_of(MessageKind::ping);
  ping.sequence = sequence;
  send(to, std::move(ping));
}

void Membership::ping_through(Uid mediator, Uid subject, std::uint32_t sequence) {
  Message request = message_of(MessageKind::ping_request);
  request.sequence = sequence;
  request.subject = subject;
  send(mediator, std::move(request));
}

void Membership::answer(const Message& message) {
  switch (message.kind) {
    case MessageKind::ping: {
      Message ack = message_of(MessageKind::ack);
      ack.sequence = message.sequence;
      ack.subject = self_->uid;
      return send(message.from, std::move(ack));
    }
    case MessageKind::ping_request: {
      // The nack must be there before the asker gives up.
      const DetectorConfig& detector = config_.detector;
      const std::int64_t patience_ms = (detector.probe_deadline_ms - detector.probe_timeout_ms) * 2 / 3;
      const auto sequence =
          relays_.add(message.from, message.sequence, message.subject, now_ms_ + patience_ms);
      return sequence ? ping(message.subject, *sequence) : void();
    }
    case MessageKind::ack: {
      detector_.answered(message.subject, message.sequence, now_ms_);
      const auto relay = relays_.take(message.sequence);
      if (!relay) return;
      Message ack = message_of(MessageKind::ack);
      ack.sequence = relay->asked_sequence;
      ack.subject = relay->subject;
      return send(relay->asker, std::move(ack));
    }
    case MessageKind::nack:
      return detector_.not_answered(message.sequence);
    case MessageKind::digest:
      return answer_digest(message);
    case MessageKind::records:
      if (message.wanted != 0) send_records(message.from, message.wanted, 0);
      return;
    default:
      return;
  }
}

void Membership::hear_view(const Message& message) {
  const bool learned = message.is_view_agreed ? agreement_.hear_agreed(message.view)
                                              : agreement_.hear(message.view, message.acknowledged);
  if (learned) {
    view_tellings_ = tellings_of(config_.gossip.tellings_factor, table_.members().size());
  }
}

// Tables that still differ when there is nothing left to tell are compared.
void Membership::offer_sync(const Message& message) {
  const bool may_differ = message.content != table_.content() && rumours_.empty();
  if (!may_differ || message.kind == MessageKind::digest || now_ms_ < next_sync_ms_) return;
  const std::int64_t interval_ms = config_.gossip.sync_interval_ms;
  next_sync_ms_ = now_ms_ + interval_ms +
                  static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(interval_ms)));
  Message digest = message_of(MessageKind::digest);
  digest.buckets.assign(table_.buckets().begin(), table_.buckets().end());
  send(message.from, std::move(digest));
}

void Membership::answer_digest(const Message& message) {
  if (message.buckets.size() != MemberTable::bucket_count) return;
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < MemberTable::bucket_count; ++i) {
    if (message.buckets[i] != table_.buckets()[i]) mask |= std::uint64_t{1} << i;
  }
  if (mask != 0) send_records(message.from, mask, mask);
}

// In messages within the byte budget; what is over `sync_records_max` is found by the next digest.
void Membership::send_records(Uid to, std::uint64_t mask, std::uint64_t wanted) {
  std::vector<Uid> uids = table_.uids_of_buckets(mask);
  if (uids.size() > config_.gossip.sync_records_max) {
    random_.shuffle(uids);
    uids.resize(config_.gossip.sync_records_max);
  }
  Message message = message_of(MessageKind::records);
  message.wanted = wanted;
  std::size_t bytes = wire_bytes(message);
  for (const Uid uid : uids) {
    Record record = *table_.record_of(uid, now_ms_);
    const std::size_t record_bytes = wire_bytes(record);
    if (bytes + record_bytes > config_.gossip.message_bytes_max && !message.records.empty()) {
      send(to, std::move(message));
      message = message_of(MessageKind::records);
      bytes = wire_bytes(message);
    }
    message.records.push_back(std::move(record));
    bytes += record_bytes;
  }
  send(to, std::move(message));
}

void Membership::gossip() {
  next_gossip_ms_ = now_ms_ + config_.gossip.interval_ms;
  std::vector<Uid> others = who_may_hear();
  for (std::uint32_t told = 0; told < config_.gossip.fanout && !others.empty(); ++told) {
    if (rumours_.empty() && view_tellings_ == 0) return;
    std::swap(others[random_.below(others.size())], others.back());
    send(others.back(), message_of(MessageKind::gossip));
    others.pop_back();
  }
}

// Those who watch each other compare tables whenever they speak; this compares with anybody, so that nodes
// whom the ring does not bring together hear of each other's news even where it was told in vain.
void Membership::compare_with_anybody() {
  next_compare_ms_ = now_ms_ + config_.gossip.compare_interval_ms;
  const std::vector<Uid> others = who_may_hear();
  if (!others.empty()) send(others[random_.below(others.size())], message_of(MessageKind::gossip));
}

// Not those that are gone, or that do not answer this node.
std::vector<Uid> Membership::who_may_hear() const {
  std::vector<Uid> others;
  for (const Member& member : table_.members()) {
    const Health& health = member.health;
    const bool is_silent = health.is_unreachable() || health.accusers.contains(self_->uid);
    if (member.uid() != self_->uid && !is_silent) others.push_back(member.uid());
  }
  return others;
}

Message Membership::message_of(MessageKind kind) const {
  Message message;
  message.kind = kind;
  message.from = self_->uid;
  return message;
}

void Membership::send(Uid to, Message message) {
  const auto record = table_.record_of(to, now_ms_);
  if (!record) return;
  message.to = to;
  fill(message);
  outputs_->sends.push_back({record->member.profile->address, std::move(message)});
}

// Adds the hashes, what is known of the agreement, and news as far as the byte budget goes. Who is accused
// hears of it first.
void Membership::fill(Message& message) {
  message.content = table_.content();
  message.view = table_.view();
  message.is_view_agreed = agreement_.is_acknowledged() && agreed_view_hash_ == table_.view();
  if (message.kind == MessageKind::records || message.kind == MessageKind::digest) return;
  if (view_tellings_ > 0) {
    --view_tellings_;
    if (!message.is_view_agreed && agreed_view_hash_ == table_.view()) {
      message.acknowledged = agreement_.acknowledged();
    }
  }
  const Member* accused = table_.find(message.to);
  const bool is_accused =
      accused != nullptr && (accused->health.is_suspect() || accused->health.is_unreachable());
  if (is_accused) message.records.push_back({*accused, 0});
  std::size_t bytes = wire_bytes(message);
  const std::uint32_t tellings = tellings_of(config_.gossip.tellings_factor, table_.members().size());
  rumours_.tell(tellings, [&](Uid uid) {
    auto record = table_.record_of(uid, now_ms_);
    if (!record) return true;  // forgotten meanwhile
    const std::size_t record_bytes = wire_bytes(*record);
    if (bytes + record_bytes > config_.gossip.message_bytes_max) return false;
    bytes += record_bytes;
    message.records.push_back(std::move(*record));
    return true;
  });
}

}  // namespace shoal::cluster
