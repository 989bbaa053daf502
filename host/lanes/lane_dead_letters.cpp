// What a lane shows of its dead letters.

#include <utility>

#include "host/lanes/lane.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

// Of those between two ticks that would push each other out at once only the first are made.
bool Lane::shows_dead_letters() {
  if (options_.dead_letters == nullptr) return false;
  if (dead_letters_shown_++ < DeadLetterLog::kept_by_lane) return true;
  options_.dead_letters->pass_over();
  return false;
}

void Lane::show_dead_letter(DeadLetterEntry entry) const {
  entry.time_ms = options_.clock.wall_ns() / 1'000'000;
  options_.dead_letters->add(options_.index, std::move(entry));
}

void Lane::show_dead_letter(const Envelope& message, DeadLetterReason reason, std::string_view text) {
  if (!shows_dead_letters()) return;
  DeadLetterEntry entry;
  entry.reason = reason;
  entry.detail = text.substr(0, DeadLetterLog::detail_bytes_max);
  entry.body_bytes = message.body().size;
  if (message.kind() == EnvelopeKind::reply) {
    entry.kind = DeadLetterKind::reply;
    return show_dead_letter(std::move(entry));
  }
  entry.kind = message.asker().somebody() ? DeadLetterKind::ask : DeadLetterKind::tell;
  entry.id = message.id();
  if (const Shard* shard = find_shard(message.type(), message.shard())) {
    entry.type = shard->type().name;
    entry.message = shard->type().message(message.message_index()).name;
  }
  entry.sender = sender_of(message);
  show_dead_letter(std::move(entry));
}

void Lane::show_dead_letter(const LanePartition& partition, const shoal_record& record,
                            std::uint32_t message_index, DeadLetterReason reason) {
  if (!shows_dead_letters()) return;
  const modules::EntityType& type = partition.shard->type();
  DeadLetterEntry entry;
  entry.kind = DeadLetterKind::record;
  entry.reason = reason;
  entry.detail = turn_.error();
  entry.type = type.name;
  entry.id = to_view(record.key).substr(0, SHOAL_ENTITY_ID_BYTES_MAX);
  entry.message = type.message(message_index).name;
  entry.body_bytes = record.value.size;
  entry.position = {partition.plan.topic, record.partition, record.offset};
  show_dead_letter(std::move(entry));
}

// Only asks carry who waits for them, and only this lane's own asks can be looked up here.
std::optional<DeadLetterEntry::Sender> Lane::sender_of(const Envelope& message) {
  const Ask* ask = asks_.find(message.reply_to());
  if (ask == nullptr || ask->on_reply) return std::nullopt;
  const Shard* shard = find_shard(ask->asker.type, ask->asker.shard);
  const auto id = shard == nullptr ? std::nullopt : shard->id_of(ask->asker);
  if (!id) return std::nullopt;
  return DeadLetterEntry::Sender{shard->type().name, std::string(*id)};
}

}  // namespace shoal::lanes
