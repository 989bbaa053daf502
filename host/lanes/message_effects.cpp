#include <cstring>
#include <type_traits>

#include "host/lanes/entity_table.hpp"
#include "host/lanes/turn_effects.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::uint32_t kAskTimeoutMsMax = 86'400'000;
constexpr std::size_t kRequestIdBytesMax = 64;
constexpr std::size_t kTraceparentBytesMax = 255;
constexpr std::size_t kTellBytesBeside = 40;  // of a tell in a record of the log, beyond its envelope

// What a reply token holds. The bytes are the host's own business: modules store them and give them back.
struct Token {
  std::uint64_t host_number;
  ReplyAddress address;
};
static_assert(sizeof(Token) <= SHOAL_REPLY_TOKEN_BYTES_MAX && std::is_trivially_copyable_v<Token>);

shoal_status check(const shoal_reply* reply) {
  if (reply->size != sizeof(shoal_reply) || reply->status > SHOAL_STATUS_OUT_OF_MEMORY ||
      reply->codec > SHOAL_CODEC_MSGPACK) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  return reply->body.size > body_bytes_max ? SHOAL_STATUS_TOO_LARGE : SHOAL_STATUS_OK;
}

Receipt receipt_of(std::uint32_t flags) {
  switch (flags & SHOAL_MESSAGE_RECEIPT) {
    case 0:
      return Receipt::none;
    case SHOAL_MESSAGE_RECEIPT_ACCEPTED:
      return Receipt::accepted;
    default:
      return Receipt::processed;
  }
}

EnvelopeParts parts_of(const ReplyAddress& address, const shoal_reply& reply) {
  EnvelopeParts parts;
  parts.kind = EnvelopeKind::reply;
  parts.reply_to = address;
  parts.status = reply.status;
  parts.codec = reply.codec;
  parts.body = reply.body;
  return parts;
}

}  // namespace

shoal_status MessageEffects::reply(const shoal_turn* abi, const shoal_reply* reply) {
  if (!legal(abi, SHOAL_EFFECT_REPLY)) return SHOAL_STATUS_WRONG_PHASE;
  if (abi->expects_reply == 0) return SHOAL_STATUS_NOT_FOUND;
  if (const auto status = check(reply); status != SHOAL_STATUS_OK) return status;
  Turn& turn = of(abi);
  if (turn.answered_) return SHOAL_STATUS_INVALID_ARGUMENT;
  send_reply(turn, *reply);
  return SHOAL_STATUS_OK;
}

void MessageEffects::send_reply(Turn& turn, const shoal_reply& reply) {
  turn.begin_sending();
  turn.reply_at_ = turn.options_.mail->bytes();
  turn.options_.mail->add_reply(parts_of(turn.asker(), reply));
  turn.answered_ = true;
}

shoal_status MessageEffects::reply_token(const shoal_turn* abi, shoal_reply_token* token) {
  if (!legal(abi, SHOAL_EFFECT_REPLY_TOKEN)) return SHOAL_STATUS_WRONG_PHASE;
  if (abi->expects_reply == 0) return SHOAL_STATUS_NOT_FOUND;
  Turn& turn = of(abi);
  const Token content{turn.options_.host_number, turn.asker()};
  token->token_size = sizeof content;
  std::memcpy(token->bytes, &content, sizeof content);
  turn.token_taken_ = true;
  return SHOAL_STATUS_OK;
}

shoal_status MessageEffects::reply_to(const shoal_turn* abi, const shoal_reply_token* token,
                                      const shoal_reply* reply) {
  if (!legal(abi, SHOAL_EFFECT_REPLY_TO)) return SHOAL_STATUS_WRONG_PHASE;
  if (const auto status = check(reply); status != SHOAL_STATUS_OK) return status;
  Token content{};
  if (token->token_size != sizeof content) return SHOAL_STATUS_INVALID_ARGUMENT;
  std::memcpy(&content, token->bytes, sizeof content);
  Turn& turn = of(abi);
  // Whoever waited has gone with the host that it waited in.
  if (content.host_number != turn.options_.host_number) return SHOAL_STATUS_NOT_FOUND;
  if (!content.address.somebody()) return SHOAL_STATUS_INVALID_ARGUMENT;
  turn.begin_sending();
  turn.options_.mail->add_reply(parts_of(content.address, *reply));
  if (content.address == turn.asker()) turn.answered_ = true;
  return SHOAL_STATUS_OK;
}

shoal_status MessageEffects::address(const shoal_turn* abi, const shoal_message* message,
                                     EnvelopeParts& parts, std::uint32_t flags) {
  Turn& turn = of(abi);
  const bool good = message->size == sizeof(shoal_message) && message->id.size >= 1 &&
                    message->id.size <= SHOAL_ENTITY_ID_BYTES_MAX &&
                    message->request_id.size <= kRequestIdBytesMax && (message->flags & ~flags) == 0;
  if (!good) return SHOAL_STATUS_INVALID_ARGUMENT;
  if (message->body.size > body_bytes_max) return SHOAL_STATUS_TOO_LARGE;
  const Catalogue::Entry* entry = turn.options_.catalogue->find(to_view(message->type));
  if (entry == nullptr) return SHOAL_STATUS_NOT_FOUND;
  const auto index = entry->type->find_message(to_view(message->message));
  if (!index) return SHOAL_STATUS_NOT_FOUND;
  const shoal_message_type& message_type = entry->type->message(*index);
  // Nothing between the two entities could change the codec.
  if (message_type.codec != message->codec && !is_null(message->body)) return SHOAL_STATUS_INVALID_ARGUMENT;
  parts.only_if_active = (message->flags & SHOAL_MESSAGE_ONLY_IF_ACTIVE) != 0;
  parts.type = entry->index;
  parts.shard = turn.options_.catalogue->shard_of(*entry, message->id);
  parts.is_to_durable = entry->is_durable;
  parts.message_index = *index;
  parts.id = to_view(message->id);
  parts.hash = hash_of(parts.id);
  parts.body = message->body;
  parts.request_id = to_view(message->request_id);
  const std::string_view traceparent = to_view(traceparent_of(abi, turn.message_traceparent()));
  if (traceparent.size() <= kTraceparentBytesMax) parts.traceparent = traceparent;
  return SHOAL_STATUS_OK;
}

shoal_status MessageEffects::tell(const shoal_turn* abi, const shoal_message* message) {
  if (!legal(abi, SHOAL_EFFECT_TELL)) return SHOAL_STATUS_WRONG_PHASE;
  if (message->timeout_ms != 0) return SHOAL_STATUS_INVALID_ARGUMENT;
  EnvelopeParts parts;
  if (const auto status = address(abi, message, parts); status != SHOAL_STATUS_OK) return status;
  return send(of(abi), parts);
}

// A tell from one durable entity to another is reliable: it goes into the sender's log, and is sent again
// until the receiver's log has it. One for an entity that may not be there is not.
shoal_status MessageEffects::send(Turn& turn, EnvelopeParts parts) {
  const TellMark mark;  // numbered when the turn has ended well
  const bool is_tell = parts.kind == EnvelopeKind::tell && !parts.only_if_active;
  if (turn.durable_ != nullptr && is_tell && parts.is_to_durable) {
    const Catalogue::Entry& entry = turn.options_.catalogue->at(parts.type);
    parts.tell = &mark;
    const std::size_t names =
        entry.type->name.size() + std::string_view(entry.type->message(parts.message_index).name).size();
    const auto status = turn.durable_->add_tell({number_of_sink(entry.type->name), parts.shard},
                                                Envelope::size_of(parts) + names + kTellBytesBeside);
    if (status != SHOAL_STATUS_OK) return status;
  }
  turn.begin_sending();
  return turn.options_.mail->add(parts) ? SHOAL_STATUS_OK : SHOAL_STATUS_OVERLOADED;
}

shoal_status MessageEffects::ask(const shoal_turn* abi, const shoal_message* message,
                                 const shoal_continuation* continuation) {
  if (!legal(abi, SHOAL_EFFECT_ASK)) return SHOAL_STATUS_WRONG_PHASE;
  Turn& turn = of(abi);
  if (message->timeout_ms < 1 || message->timeout_ms > kAskTimeoutMsMax ||
      turn.entity_.type->on_reply == nullptr) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  if (continuation->payload.size > continuation_bytes_max) return SHOAL_STATUS_TOO_LARGE;
  EnvelopeParts parts;
  constexpr std::uint32_t flags = SHOAL_MESSAGE_ONLY_IF_ACTIVE | SHOAL_MESSAGE_RECEIPT;
  if (const auto status = address(abi, message, parts, flags); status != SHOAL_STATUS_OK) return status;
  // Whatever a durable entity answers leaves when it counts: the receipt of a turn that ended well says that,
  // too.
  if ((message->flags & SHOAL_MESSAGE_RECEIPT) == SHOAL_MESSAGE_RECEIPT_PERSISTED &&
      !turn.options_.catalogue->find(to_view(message->type))->is_durable) {
    return SHOAL_STATUS_UNSUPPORTED;
  }
  parts.receipt = receipt_of(message->flags);
  parts.kind = EnvelopeKind::ask;
  parts.deadline_ns = turn.steady_now_ns_ + std::int64_t{message->timeout_ms} * 1'000'000;
  const AskStart start{turn.entity_.ref, continuation->id, to_view(continuation->payload)};
  turn.begin_sending();
  return turn.options_.mail->add_ask(parts, start) ? SHOAL_STATUS_OK : SHOAL_STATUS_OVERLOADED;
}

shoal_status MessageEffects::forward(const shoal_turn* abi, const shoal_message* message) {
  if (!legal(abi, SHOAL_EFFECT_FORWARD)) return SHOAL_STATUS_WRONG_PHASE;
  Turn& turn = of(abi);
  if (message->timeout_ms != 0 || turn.answered_) return SHOAL_STATUS_INVALID_ARGUMENT;
  EnvelopeParts parts;
  if (const auto status = address(abi, message, parts); status != SHOAL_STATUS_OK) return status;
  if (turn.asker().somebody()) {
    parts.kind = EnvelopeKind::ask;
    parts.reply_to = turn.asker();
    parts.deadline_ns = turn.message_->deadline_ns();
  }
  if (const auto status = send(turn, parts); status != SHOAL_STATUS_OK) return status;
  turn.answered_ = true;
  return SHOAL_STATUS_OK;
}

}  // namespace shoal::lanes
