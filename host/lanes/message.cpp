#include "host/lanes/message.hpp"

#include "host/lanes/entity_table.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

void add(Parcel& parcel, Message& message) {
  EnvelopeParts parts;
  parts.type = message.type;
  parts.shard = message.shard;
  parts.message_index = message.message_index;
  parts.only_if_active = message.only_if_active;
  parts.id = message.id;
  parts.hash = hash_of(message.id);
  parts.body = message.body ? to_bytes(*message.body) : null_bytes;
  parts.traceparent = message.traceparent;
  parts.request_id = message.request_id;
  parts.receipt = message.receipt;
  if (message.on_reply) {
    parts.kind = EnvelopeKind::ask;
    parts.deadline_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(message.deadline.time_since_epoch()).count();
    parts.reply_to = {ReplyAddress::kCallback, static_cast<std::uint32_t>(parcel.callbacks.size()), 0};
    parcel.callbacks.push_back(std::move(message.on_reply));
  }
  parcel.envelopes.add(parts);
}

}  // namespace shoal::lanes
