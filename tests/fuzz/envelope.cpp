// Envelopes on their way from a turn into a parcel: packed, rolled back, taken over, copied, read. They never
// leave the process, so the input is no envelope: it says what is sent, and a model that keeps each field by
// itself says what must arrive.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/lanes/mail.hpp"
#include "shoal/base/bytes.hpp"
#include "target.hpp"

namespace shoal::fuzz {
namespace {

using lanes::AskStart;
using lanes::Envelope;
using lanes::EnvelopeBuffer;
using lanes::EnvelopeKind;
using lanes::EnvelopeParts;
using lanes::Mail;
using lanes::Receipt;
using lanes::ReplyAddress;

constexpr std::size_t kAskRoom = 24;
constexpr std::size_t kSmallBytes = 4'096;

class Input {
 public:
  explicit Input(std::string_view rest) : rest_(rest) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() { return take_byte(rest_); }
  std::uint64_t number(unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  // So many bytes that depend on one of the input.
  std::string text(std::size_t size) {
    const std::uint8_t seed = byte();
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(seed + i * 31);
    return text;
  }

 private:
  std::string_view rest_;
};

// What was sent, each field by itself.
struct Sent {
  EnvelopeParts fields;  // but for the views
  std::string id;
  std::optional<std::string> body;
  std::string traceparent;
  std::string request_id;
  bool is_ask = false;  // of an entity, with
  lanes::EntityRef asker;
  std::uint32_t continuation_id = 0;
  std::string payload;

  EnvelopeParts parts() const {
    EnvelopeParts parts = fields;
    parts.id = id;
    parts.body = body ? to_bytes(*body) : null_bytes;
    parts.traceparent = traceparent;
    parts.request_id = request_id;
    return parts;
  }
  AskStart start() const { return {asker, continuation_id, payload}; }
  std::size_t size() const {
    const std::size_t bytes = id.size() + (body ? body->size() : 0) + traceparent.size() + request_id.size();
    return 64 + (bytes + 7) / 8 * 8;
  }
};

Sent read_sent(Input& input, EnvelopeKind kind, std::size_t body_bytes_max) {
  Sent sent;
  const std::uint8_t flags = input.byte();
  sent.fields.kind = kind;
  sent.fields.only_if_active = (flags & 1) != 0;
  sent.fields.from_host = (flags & 2) != 0;
  sent.fields.receipt = Receipt{static_cast<std::uint8_t>((flags >> 2) % 3)};
  sent.fields.type.value = static_cast<std::uint32_t>(input.number(4));
  sent.fields.shard.value = static_cast<std::uint32_t>(input.number(4));
  sent.fields.message_index = static_cast<std::uint32_t>(input.number(4));
  sent.fields.status = static_cast<shoal_status>(input.number(4));
  sent.fields.codec = static_cast<shoal_codec>(input.byte() % 4);
  sent.fields.hash = input.number(8);
  sent.fields.deadline_ns = static_cast<std::int64_t>(input.number(6));
  sent.fields.reply_to = {static_cast<std::uint32_t>(input.number(4)), input.byte(), input.number(8)};
  sent.id = input.text(input.number(2) % (SHOAL_ENTITY_ID_BYTES_MAX + 1));
  if ((flags & 16) == 0) {
    const std::size_t size = input.number(2) << ((flags >> 5) & 3);
    sent.body = input.text(size % (body_bytes_max + 1));
  }
  sent.traceparent = input.text(input.byte());
  sent.request_id = input.text(input.byte());
  return sent;
}

void check(const Envelope& envelope, const Sent& sent) {
  const EnvelopeParts& fields = sent.fields;
  require(reinterpret_cast<std::uintptr_t>(&envelope) % 8 == 0, "an envelope stands on an 8-byte boundary");
  require(envelope.size() == sent.size(), "an envelope is as long as its fields");
  require(envelope.kind() == fields.kind && envelope.only_if_active() == fields.only_if_active &&
              envelope.from_host() == fields.from_host && envelope.receipt() == fields.receipt,
          "kind and flags arrive");
  require(envelope.type() == fields.type && envelope.shard() == fields.shard &&
              envelope.hash() == fields.hash && envelope.codec() == fields.codec &&
              envelope.deadline_ns() == fields.deadline_ns && envelope.reply_to() == fields.reply_to,
          "numbers arrive");
  require(fields.kind == EnvelopeKind::reply ? envelope.status() == fields.status
                                             : envelope.message_index() == fields.message_index,
          "the status or the message's index arrives");
  require(envelope.asker() == (fields.receipt == Receipt::none ? fields.reply_to : ReplyAddress{}),
          "who waits for a receipt is no asker");
  require(envelope.id() == sent.id && envelope.traceparent() == sent.traceparent &&
              envelope.request_id() == sent.request_id &&
              envelope.has_request_id() == !sent.request_id.empty(),
          "texts arrive");
  require(is_null(envelope.body()) == !sent.body, "null is another body than an empty one");
  require(!sent.body || to_view(envelope.body()) == *sent.body, "the body arrives");
}

std::size_t bytes_of(const std::vector<Sent>& all) {
  std::size_t bytes = 0;
  for (const Sent& sent : all) bytes += sent.size();
  return bytes;
}

// A mail, and what must be in it.
struct ModelledMail {
  Mail mail;
  std::vector<Sent> sent;
  std::size_t ask_room = kAskRoom;

  ModelledMail() { mail.set_ask_room(ask_room); }

  std::size_t asks() const {
    std::size_t count = 0;
    for (const Sent& one : sent) count += one.is_ask ? 1 : 0;
    return count;
  }
  std::size_t payload_bytes() const {
    std::size_t bytes = 0;
    for (const Sent& one : sent) bytes += one.payload.size();
    return bytes;
  }
  void add(Sent one) {
    bool fits = bytes_of(sent) + one.size() <= lanes::mail_bytes_max;
    if (one.is_ask) {
      fits = fits && asks() < ask_room && payload_bytes() + one.payload.size() <= lanes::mail_bytes_max;
      require(mail.add_ask(one.parts(), one.start()) == fits, "an ask is taken where there is room");
    } else if (one.fields.kind == EnvelopeKind::reply) {
      mail.add_reply(one.parts());
      fits = true;
    } else {
      require(mail.add(one.parts()) == fits, "a message is taken where there is room");
    }
    if (fits) sent.push_back(std::move(one));
    require(mail.bytes() == bytes_of(sent), "a mail has the bytes of what it took");
    require(mail.claimed_asks() >= asks() && mail.empty() == sent.empty(), "a mail counts what it took");
  }
  // Gives all to `visit(Envelope&, const Sent&)`.
  template <class Visit>
  void take_all(Visit&& visit) {
    std::size_t next = 0;
    mail.take_all([&](Envelope& envelope, const AskStart* start) {
      require(next < sent.size(), "no more arrives than was sent");
      const Sent& one = sent[next++];
      check(envelope, one);
      require((start != nullptr) == one.is_ask, "an ask is one to the end");
      require(!start || (start->asker == one.asker && start->continuation_id == one.continuation_id &&
                         start->payload == one.payload),
              "an ask keeps its asker");
      visit(envelope, one);
    });
    require(next == sent.size() && mail.empty() && mail.bytes() == 0, "all that was sent arrives, once");
    sent.clear();
  }
};

Sent read_ask(Input& input, std::size_t body_bytes_max) {
  Sent sent = read_sent(input, EnvelopeKind::ask, body_bytes_max);
  sent.is_ask = true;
  sent.asker = {sent.fields.type, sent.fields.shard, input.byte(), input.byte()};
  sent.continuation_id = input.byte();
  sent.payload = input.text(input.number(2) % (kSmallBytes + 1));
  return sent;
}

class Lane {
 public:
  void step(Input& input) {
    switch (input.byte() % 8) {
      case 0:
        return mail_.add(read_sent(input, EnvelopeKind::tell, SIZE_MAX - 1));
      case 1:
        return mail_.add(read_ask(input, SIZE_MAX - 1));
      case 2:
        return mail_.add(read_sent(input, EnvelopeKind::reply, kSmallBytes));
      case 3:
        mark_ = mail_.mail.mark();
        marked_ = mail_.sent.size();
        return;
      case 4:
        return roll_back();
      case 5:
        return pack();
      case 6:
        return take_turn_over(input);
      default:
        return change_one(input);
    }
  }
  void end() {
    pack();
    read_parcel();
  }

 private:
  void roll_back() {
    if (!mark_) return;
    mail_.mail.roll_back(*mark_);
    mail_.sent.resize(marked_);
    require(mail_.mail.bytes() == bytes_of(mail_.sent), "what is rolled back is gone");
  }

  // Into the parcel, as a post office does.
  void pack() {
    mark_.reset();
    mail_.take_all([this](Envelope& envelope, const Sent& sent) {
      parcel_.add(envelope);
      arrived_.push_back(sent);
    });
    require(parcel_.bytes() == bytes_of(arrived_), "a parcel has the bytes of what was packed");
    if (parcel_.bytes() > lanes::mail_bytes_max) read_parcel();
  }

  void read_parcel() {
    std::size_t at = 0;
    for (const Sent& sent : arrived_) {
      require(at < parcel_.bytes(), "a parcel has all that was packed");
      check(parcel_.at(at), sent);
      at += parcel_.at(at).size();
    }
    require(at == parcel_.bytes(), "a parcel has nothing else");
    parcel_.clear();
    arrived_.clear();
  }

  // A turn that ran elsewhere, with a mail and asks of its own.
  void take_turn_over(Input& input) {
    mark_.reset();
    ModelledMail turn;
    const std::size_t wanted = input.byte() % (2 * kAskRoom);
    const std::size_t asks = mail_.asks();
    turn.ask_room = mail_.mail.lend_asks(wanted);
    require(turn.ask_room == std::min(wanted, kAskRoom > asks ? kAskRoom - asks : 0),
            "no more asks are lent than there is room for");
    require(mail_.mail.claimed_asks() == asks + turn.ask_room, "what is lent is claimed");
    turn.mail.set_ask_room(turn.ask_room);
    for (std::uint8_t count = input.byte() % 8; count > 0; --count) {
      turn.add(input.byte() % 2 == 0 ? read_ask(input, kSmallBytes)
                                     : read_sent(input, EnvelopeKind::tell, kSmallBytes));
    }
    const auto late_ns = static_cast<std::int64_t>(input.number(4));
    mail_.mail.take_over(turn.mail, late_ns);
    mail_.mail.return_asks(turn.ask_room);
    for (Sent& sent : turn.sent) {
      if (sent.is_ask) sent.fields.deadline_ns += late_ns;
      mail_.sent.push_back(std::move(sent));
    }
    require(turn.mail.empty() && mail_.mail.claimed_asks() == mail_.asks(), "what was lent is returned");
  }

  // As whoever runs a parcel does.
  void change_one(Input& input) {
    if (arrived_.empty()) return;
    const std::size_t wanted = input.byte() % arrived_.size();
    std::size_t at = 0;
    for (std::size_t i = 0; i < wanted; ++i) at += parcel_.at(at).size();
    Envelope& envelope = parcel_.at(at);
    EnvelopeParts& fields = arrived_[wanted].fields;
    if (input.byte() % 2 == 0) {
      fields.reply_to = {input.byte(), input.byte(), input.byte()};
      envelope.set_reply_to(fields.reply_to);
    } else if (fields.receipt != Receipt::none && fields.kind != EnvelopeKind::reply) {
      require(envelope.take_receipt() == fields.reply_to, "who waits for a receipt is known");
      fields.kind = EnvelopeKind::tell;
      fields.receipt = Receipt::none;
      fields.deadline_ns = 0;
      fields.reply_to = {};
    }
  }

  ModelledMail mail_;
  std::optional<Mail::Mark> mark_;
  std::size_t marked_ = 0;
  EnvelopeBuffer parcel_;
  std::vector<Sent> arrived_;
};

}  // namespace

void run(std::string_view text) {
  Input input(text);
  Lane lane;
  while (!input.empty()) lane.step(input);
  lane.end();
}

}  // namespace shoal::fuzz
