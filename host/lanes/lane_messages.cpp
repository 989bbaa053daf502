// Messages of a lane: tells and asks from other lanes and from outside, replies, timers, and what waited.

#include <spdlog/spdlog.h>

#include <utility>

#include "host/lanes/lane.hpp"
#include "host/lanes/lookahead.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kParcelsAtOnce = 64;
constexpr std::size_t kTimersAtOnce = 256;
constexpr std::size_t kReadyAtOnce = 64;
constexpr std::uint32_t kEvictionTriesAtOnce = 4'096;

// Of a status that the host, not an entity, gives as the answer.
ErrorCode code_of(shoal_status status) {
  switch (status) {
    case SHOAL_STATUS_UNDECODABLE:
      return ErrorCode::invalid_argument;
    case SHOAL_STATUS_DEADLINE:
      return ErrorCode::deadline;
    case SHOAL_STATUS_OVERLOADED:
      return ErrorCode::overloaded;
    case SHOAL_STATUS_NOT_ACTIVE:
      return ErrorCode::not_found;
    case SHOAL_STATUS_FAILED:
      return ErrorCode::failed;
    default:
      return ErrorCode::refused;
  }
}

shoal_status status_of(DeadLetterReason reason) {
  switch (reason) {
    case DeadLetterReason::undecodable:
      return SHOAL_STATUS_UNDECODABLE;
    case DeadLetterReason::deadline:
      return SHOAL_STATUS_DEADLINE;
    case DeadLetterReason::overloaded:
    case DeadLetterReason::repeated:
      return SHOAL_STATUS_OVERLOADED;
    case DeadLetterReason::not_active:
      return SHOAL_STATUS_NOT_ACTIVE;
    case DeadLetterReason::refused_by_turn:
    case DeadLetterReason::parked:
      return SHOAL_STATUS_DEAD_LETTER;
    default:
      return SHOAL_STATUS_FAILED;
  }
}

std::string describe(DeadLetterReason reason, std::string_view text) {
  std::string why(name_of(reason));
  if (!text.empty()) why.append(": ").append(text);
  return why;
}

// Of a message that gets no turn, now or later.
bool is_turned_away(DeadLetterReason reason) {
  return reason == DeadLetterReason::parked || reason == DeadLetterReason::not_active ||
         reason == DeadLetterReason::overloaded || reason == DeadLetterReason::repeated;
}

}  // namespace

bool Lane::run_messages() {
  std::size_t ran = 0;
  while (ran < kParcelsAtOnce && !post_office_->full() && !held_by_producer_ && !held_is_full() &&
         next_parcel()) {
    run_parcel();
    ++ran;
  }
  return ran > 0;
}

// Whether a parcel is at hand: what is left of the last one, what this lane sent to itself, or what came.
bool Lane::next_parcel() {
  if (parcel_) return true;
  parcel_at_ = 0;
  if (!opened_.empty()) {
    parcel_ = std::move(opened_.front());
    opened_.pop_front();
    return true;
  }
  parcel_ = post_office_->take_local();
  if (parcel_) return true;
  parcel_ = inbox_.take_parcel();
  if (!parcel_) return false;
  run_tasks();  // the order that opened a message's type was given before the message
  return true;
}

void Lane::run_parcel() {
  begin_turns(steady_ns());
  EnvelopeBuffer& envelopes = parcel_->envelopes;
  Lookahead lookahead;
  std::size_t ahead_at = parcel_at_;
  const auto look_ahead = [&] {
    Heading heading;
    if (ahead_at < envelopes.bytes()) {
      const Envelope& ahead = envelopes.at(ahead_at);
      ahead_at += ahead.size();
      if (ahead.is_message()) heading = {find_shard(ahead.type(), ahead.shard()), ahead.hash()};
    }
    return lookahead.step(heading);
  };
  for (std::size_t i = 0; i < Lookahead::steps_ahead; ++i) look_ahead();
  while (parcel_at_ < envelopes.bytes() && !must_release()) {
    const Heading heading = look_ahead();
    Envelope& envelope = envelopes.at(parcel_at_);
    parcel_at_ += envelope.size();
    run_envelope(envelope, heading);
  }
  if (parcel_at_ == envelopes.bytes()) post_office_->reuse(std::move(parcel_));
  release();
}

void Lane::run_envelope(Envelope& envelope, const Heading& heading) {
  if (!envelope.is_message()) {
    return envelope.kind() == EnvelopeKind::reply ? run_reply(envelope) : run_acknowledgement(envelope);
  }
  if (envelope.reply_to().lane == ReplyAddress::kCallback) {
    Ask ask;
    ask.on_reply = std::move(parcel_->callbacks[envelope.reply_to().slot]);
    if (asks_.room() <= mail_.claimed_asks() + held_.claimed_asks()) {
      return ask.on_reply(error(ErrorCode::overloaded, "too many asks wait for their replies: try again"));
    }
    envelope.set_reply_to(open_ask(std::move(ask), envelope.deadline_ns()));
  }
  run_message(envelope, heading);
}

void Lane::run_message(Envelope& message, const Heading& heading) {
  if (refuse_late(message)) return;
  if (heading.shard == nullptr) return refuse(message, DeadLetterReason::no_shard, "the type is not open");
  if (!heading.shard->is_open()) [[unlikely]]
    return run_unopened(*heading.shard, message);
  if (message.receipt() == Receipt::accepted) [[unlikely]]
    return run_accepted(*heading.shard, message);
  if (message.has_tell_mark()) [[unlikely]]
    return run_tell(*heading.shard, message, heading.entity);
  const TurnResult result = heading.shard->run(turn_, message, heading.entity, no_record);
  count(counters_.messages);
  if (result.reason != DeadLetterReason::none || message.reply_to().somebody()) settle(message, result);
}

// Wherever it waits, it is a tell like any other: its sender is told here, whatever becomes of its turn.
void Lane::run_accepted(Shard& shard, Envelope& message) {
  const ReplyAddress sender = message.take_receipt();
  const TurnResult result = shard.run(turn_, message, nullptr, no_record);
  count(counters_.messages);
  settle(message, result);
  if (!is_turned_away(result.reason)) return give_receipt(sender);
  reply_to(sender, status_of(result.reason), describe(result.reason, turn_.error()));
}

void Lane::settle(const Envelope& message, const TurnResult& result) {
  if (result.kept) return;
  if (message.has_tell_mark()) [[unlikely]]
    return settle_tell(*find_shard(message.type(), message.shard()), message, result);
  if (result.reason != DeadLetterReason::none) return refuse(message, result.reason, turn_.error());
  if (!message.reply_to().somebody()) return;
  if (message.receipt() == Receipt::processed) return give_receipt(message.reply_to());
  if (turn_.answered()) return;
  const Shard& shard = *find_shard(message.type(), message.shard());
  reply_to(message.reply_to(), SHOAL_STATUS_FAILED,
           std::string("the behaviour gave no reply to message ") +
               shard.type().message(message.message_index()).name);
}

// A message has found no turn. A reliable tell that may find one later comes again.
void Lane::refuse(const Envelope& message, DeadLetterReason reason, std::string_view text) {
  if (message.has_tell_mark()) return;
  drop(message, reason, text);
}

// Every message that is dropped is counted, logged within bounds, and its asker told.
void Lane::drop(const Envelope& message, DeadLetterReason reason, std::string_view text) {
  count(counters_.message_dead_letters);
  count(counters_.message_dead_letters_by_reason[static_cast<std::size_t>(reason)]);
  show_dead_letter(message, reason, text);
  const std::string why = describe(reason, text);
  const Shard* shard = find_shard(message.type(), message.shard());
  if (dead_letter_lines_.admits()) {
    spdlog::warn("dead letter: message {} to type {}: {}",
                 shard == nullptr ? "?" : shard->type().message(message.message_index()).name,
                 shard == nullptr ? "?" : shard->type().name, why);
  }
  if (message.reply_to().somebody()) {
    reply_to(message.reply_to(), status_of(reason), reason == DeadLetterReason::deadline ? text : why);
  }
}

// A reply of the host's own: why there is no answer.
void Lane::reply_to(const ReplyAddress& address, shoal_status status, std::string_view text) {
  EnvelopeParts parts;
  parts.kind = EnvelopeKind::reply;
  parts.reply_to = address;
  parts.status = status;
  parts.from_host = true;
  parts.body = to_bytes(text);
  turn_.mail().add_reply(parts);
}

void Lane::give_receipt(const ReplyAddress& sender) {
  EnvelopeParts parts;
  parts.kind = EnvelopeKind::reply;
  parts.reply_to = sender;
  parts.body = to_bytes(std::string_view(""));
  turn_.mail().add_reply(parts);
}

void Lane::run_reply(const Envelope& reply) {
  auto ask = asks_.close(reply.reply_to());
  if (!ask) {
    count(counters_.message_dead_letters_by_reason[static_cast<std::size_t>(DeadLetterReason::nobody_waits)]);
    return show_dead_letter(reply, DeadLetterReason::nobody_waits, "");
  }
  surroundings_.timers.cancel(ask->deadline);
  const shoal_reply content{sizeof(shoal_reply), reply.status(), reply.codec(), 0, reply.body()};
  answer(*ask, content, reply.from_host());
}

void Lane::answer(const Ask& ask, const shoal_reply& reply, bool from_host) {
  if (ask.on_reply) {
    std::string body(to_view(reply.body));
    if (from_host) return ask.on_reply(error(code_of(reply.status), body));
    return ask.on_reply(Reply{reply.status, reply.codec, std::move(body)});
  }
  Shard* shard = find_shard(ask.asker.type, ask.asker.shard);
  SHOAL_ASSERT(shard != nullptr);
  const shoal_continuation continuation{ask.continuation_id, 0, to_bytes(ask.payload)};
  const TurnResult result = shard->run_reply(turn_, ask.asker, reply, continuation, no_record);
  settle_own(*shard, result);
}

// A turn that no message caused has nobody to tell but the log.
void Lane::settle_own(const Shard& shard, const TurnResult& result) {
  if (result.reason == DeadLetterReason::none) return;
  count(counters_.message_dead_letters_by_reason[static_cast<std::size_t>(result.reason)]);
  if (shows_dead_letters()) {
    DeadLetterEntry entry;
    entry.kind =
        result.reason == DeadLetterReason::nobody_waits ? DeadLetterKind::reply : DeadLetterKind::turn;
    entry.reason = result.reason;
    entry.detail = turn_.error();
    entry.type = shard.type().name;
    show_dead_letter(std::move(entry));
  }
  if (result.reason == DeadLetterReason::nobody_waits) return;
  count(counters_.message_dead_letters);
  if (dead_letter_lines_.admits()) {
    spdlog::warn("a turn of type {} that no message caused failed: {}: {}", shard.type().name,
                 name_of(result.reason), turn_.error());
  }
}

ReplyAddress Lane::open_ask(Ask ask, std::int64_t deadline_ns) {
  const ReplyAddress address = asks_.open(std::move(ask));
  const auto deadline = surroundings_.timers.add(deadline_ns, TimerPayload{{}, address.slot});
  SHOAL_ASSERT(deadline.has_value());  // entities leave the asks their room
  asks_.find(address)->deadline = *deadline;
  return address;
}

void Lane::expire_ask(std::uint32_t slot, TimerId deadline) {
  const ReplyAddress address = asks_.in_slot(slot);
  Ask* found = asks_.find(address);
  if (found == nullptr || found->deadline != deadline) return;
  const shoal_reply reply{sizeof(shoal_reply), SHOAL_STATUS_DEADLINE, SHOAL_CODEC_BYTES, 0,
                          to_bytes(std::string_view("no reply came before the deadline"))};
  answer(*asks_.close(address), reply, true);
}

bool Lane::run_timers() {
  const std::int64_t now_ns = steady_ns();
  std::size_t ran = 0;
  while (ran < kTimersAtOnce) {
    const auto due = surroundings_.timers.pop_due(now_ns);
    if (!due) break;
    if (ran++ == 0) begin_turns(now_ns);
    const EntityRef& owner = due->payload.owner;
    if (owner.incarnation == 0) {
      expire_ask(static_cast<std::uint32_t>(due->payload.owner_timer), due->id);
      continue;
    }
    Shard* shard = find_shard(owner.type, owner.shard);
    SHOAL_ASSERT(shard != nullptr);
    settle_own(*shard, shard->run_timer(turn_, *due, no_record));
  }
  if (ran == 0) return false;
  release();
  return true;
}

// Bounded over all shards: what is left to do the next round does. True where some went and more may have to.
bool Lane::evict() {
  if (surroundings_.crowded.empty()) return false;
  begin_turns(steady_ns());
  std::uint32_t tries = kEvictionTriesAtOnce;
  std::uint32_t gone = 0;
  std::vector<Shard*>& crowded = surroundings_.crowded;
  const std::vector<Shard*> shards = std::exchange(crowded, {});
  auto next = shards.begin();
  for (; next != shards.end() && tries > 0; ++next) gone += (*next)->evict(turn_, no_record, tries);
  // Those that it did not come to are the first of the next round.
  crowded.insert(crowded.begin(), next, shards.end());
  release();
  return gone > 0 && !crowded.empty();
}

// Runs what waits for entities that may run it: unstashed, come while they restarted, left by an ended
// incarnation.
bool Lane::run_ready() {
  const bool evicts = evict();
  bool ran = false;
  for (std::size_t i = 0; i < kReadyAtOnce && !surroundings_.ready.empty(); ++i) {
    if (must_release()) break;
    if (!ran) begin_turns(steady_ns());
    ran = true;
    const EntityRef ready = surroundings_.ready.front();
    surroundings_.ready.pop_front();
    Shard* shard = find_shard(ready.type, ready.shard);
    SHOAL_ASSERT(shard != nullptr);
    settle_own(*shard, shard->run_stop_message(turn_, ready, no_record));
    while (const auto kept = shard->take_waiting(ready)) run_kept(*shard, ready, *kept);
  }
  if (!ran) return evicts;
  release();
  return true;
}

void Lane::run_kept(Shard& shard, const EntityRef& ready, const Kept& kept) {
  if (kept.record() != nullptr) {
    if (const LanePartition* partition = origin_of(kept.tag()).partition; shard.journal() != nullptr)
      durable_turn_.set_source({partition->source_number, partition->ledger.committable()});
    return finish_kept_record(kept, shard.run_kept(turn_, ready, kept, no_record));
  }
  if (refuse_late(kept.envelope())) return shard.refused(kept);
  settle(kept.envelope(), shard.run_kept(turn_, ready, kept, no_record));
}

// True where it has been on its way, or has waited, for too long: it does not run.
bool Lane::refuse_late(const Envelope& message) {
  if (message.deadline_ns() == 0 || turn_.steady_now_ns() < message.deadline_ns()) return false;
  refuse(message, DeadLetterReason::deadline, "the deadline passed before the entity's turn");
  return true;
}

// The record was held by one place in its ledger; what its turn emitted, or that this has to count, holds it
// from now on.
void Lane::finish_kept_record(const Kept& kept, const TurnResult& result) {
  const auto [reader, partition, shard] = origin_of(kept.tag());
  const Ticket ticket = partition->ledger.ticket_of(ticket_of(kept.tag()), ticket_bits);
  const bool is_durable = partition->shard->journal() != nullptr;
  std::uint32_t outputs = is_durable ? 1 : turn_.emits();
  RecordEnd end = RecordEnd::done;
  if (result.reason != DeadLetterReason::none) {
    end = RecordEnd::dead_letter;
    outputs += add_dead_letter(*reader, *partition, *kept.record(), kept.tag(), result.reason);
  }
  partition->ledger.more(ticket, outputs, end);
  if (is_durable) held_.add_record(partition->assignment, ticket);
  if (result.kept) return;
  --partition->kept_records;
  partition->kept_bytes -= kept.record()->key.size + kept.record()->value.size;
  if (partition->ledger.acknowledge(ticket)) reader->finished(*partition, end);
}

// What the turns sent goes to its lanes; what those have had no room for is refused, and its askers are told.
void Lane::release_mail() {
  if (mail_.empty() && !post_office_->blocked()) return;
  bring(mail_);
  if (!mail_.empty()) bring(mail_);
}

void Lane::bring(Mail& mail) {
  const auto open_it = [this](const AskStart& start, std::int64_t deadline_ns) {
    return open_ask({start.asker, start.continuation_id, std::string(start.payload), {}, {}}, deadline_ns);
  };
  post_office_->bring(mail, open_it);
  for (const EnvelopeBuffer& refused : post_office_->take_refused()) {
    for (std::size_t at = 0; at < refused.bytes(); at += refused.at(at).size()) {
      refuse(refused.at(at), DeadLetterReason::overloaded, "the target's lane has no room");
    }
  }
  share_ask_room();
}

// Each mail that turns fill now has its share of the room, whatever the other takes.
void Lane::share_ask_room() {
  const std::size_t room = asks_.room();
  if (log_ == nullptr) return mail_.set_ask_room(room);
  const std::size_t claimed = mail_.claimed_asks() + held_.claimed_asks();
  const std::size_t share = room > claimed ? (room - claimed) / 2 : 0;
  Mail& held = held_.open().outputs.mail;
  mail_.set_ask_room(mail_.claimed_asks() + share);
  held.set_ask_room(held.claimed_asks() + share);
}

}  // namespace shoal::lanes
