// What members say to each other: probes and their answers, and news within a byte budget.

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
  speaker_ = message.from;
  speaker_address_ = from_address;
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
  apply_all(message);
  settle();
  if (!is_member()) return;
  hear_view(message);
  hear_metrics(message);
  answer(message);
  offer_sync(message);
  settle();
}

// What a comparison brings in bulk is not told on: others find it as this node did.
void Membership::apply_all(const Message& message) {
  if (message.kind != MessageKind::records) {
    for (const Record& record : message.records) apply(record, Spread::told);
    return;
  }
  std::vector<Uid> news;
  for (const Record& record : message.records) {
    if (apply(record, Spread::compared)) news.push_back(record.member.uid());
  }
  if (news.size() > config_.gossip.told_on_max) return;
  for (const Uid uid : news) rumours_.add(uid);
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
      return answer_records(message);
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

void Membership::gossip() {
  next_gossip_ms_ = now_ms_ + config_.gossip.interval_ms;
  std::vector<Uid> told;
  while (told.size() < config_.gossip.fanout && (!rumours_.empty() || view_tellings_ > 0)) {
    const auto listener = draw_listener(told);
    if (!listener) return;
    send(*listener, message_of(MessageKind::gossip));
    told.push_back(*listener);
  }
}

// A member at random, or the next one on, that is not gone and answers this node.
std::optional<Uid> Membership::draw_listener(const std::vector<Uid>& besides) {
  const auto& members = table_.members();
  const std::size_t first = random_.below(members.size());
  for (std::size_t step = 0; step < members.size(); ++step) {
    const Member& member = members[(first + step) % members.size()];
    const Health& health = member.health;
    const bool is_silent = health.is_unreachable() || health.accusers.contains(self_->uid);
    const bool is_besides = std::find(besides.begin(), besides.end(), member.uid()) != besides.end();
    if (member.uid() != self_->uid && !is_silent && !is_besides) return member.uid();
  }
  return std::nullopt;
}

Message Membership::message_of(MessageKind kind) const {
  Message message;
  message.kind = kind;
  message.from = self_->uid;
  return message;
}

void Membership::send(Uid to, Message message) {
  const std::string* address = nullptr;
  if (const auto record = table_.record_of(to, now_ms_)) {
    address = &record->member.profile->address;
  } else if (to == speaker_) {
    address = &speaker_address_;  // a member that this node has yet to hear of
  } else {
    return;
  }
  message.to = to;
  fill(message);
  outputs_->sends.push_back({*address, std::move(message)});
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
  const bool is_accused = accused != nullptr && config_.detector.lifeguard == Lifeguard::on &&
                          (accused->health.is_suspect() || accused->health.is_unreachable());
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
  if (bytes >= config_.gossip.message_bytes_max) return;
  const std::size_t room = (config_.gossip.message_bytes_max - bytes) / wire_metrics_bytes;
  message.metrics = metrics_.tell(std::min(room, config_.gossip.metrics_max));
}

void Membership::publish(NodeMetrics metrics, Outputs& outputs) {
  if (!is_member()) return;
  metrics.uid = self_->uid;
  metrics.sequence = ++metrics_published_;
  metrics_.merge(metrics);
  outputs.metrics.push_back(metrics);
}

void Membership::hear_metrics(const Message& message) {
  for (const NodeMetrics& each : message.metrics) {
    const bool is_of_another = each.uid != self_->uid && table_.find(each.uid) != nullptr;
    if (is_of_another && metrics_.merge(each)) outputs_->metrics.push_back(each);
  }
}

}  // namespace shoal::cluster
