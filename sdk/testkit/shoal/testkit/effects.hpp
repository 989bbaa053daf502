#pragma once
// What a turn did, as plain data to look at.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/codec.hpp"
#include "shoal/errors.hpp"
#include "shoal/messages.hpp"
#include "shoal/record.hpp"

namespace shoal::testkit {

struct HeaderData {
  std::string name;
  std::optional<std::string> value;
  friend bool operator==(const HeaderData&, const HeaderData&) = default;
};

struct Emit {
  std::string sink;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<HeaderData> headers;
  std::optional<Timestamp> timestamp;  // none: the time it is sent
};

struct ContinuationData {
  std::uint32_t id = 0;
  std::string payload;
};

// A tell, or a message handed on by `forward`.
struct Message {
  std::string type;
  std::string id;
  std::string message;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::optional<std::string> body;
  std::optional<std::string> request_id;
  Activation activation = Activation::start;
};

// An ask of the entity under test, or a tell whose receipt it waits for: answer it by Kit::answer (a receipt
// with no body) or Kit::refuse, or let its time run out by Kit::advance.
struct Ask : Message {
  std::uint64_t number = 0;
  std::string asker;  // entity id
  Milliseconds timeout{};
  ContinuationData continuation;
  Receipt receipt = Receipt::none;
};

struct ReplyData {
  Status status = Status::ok;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::string body;  // of another status than ok: the reason

  // Requires: status ok.
  template <class T>
  T as(const Codec& as_codec) const {
    return decode<T>(as_codec, body);
  }
};

// A reply by token, in a later turn than its ask.
struct LateReply {
  std::uint64_t ask_number = 0;
  ReplyData reply;
};

struct Event {
  std::string name;
  std::uint32_t version = 0;
  std::string bytes;
};

// One call into the behaviour and what came of it. The effects of a turn that did not end with ok are gone,
// as in a host.
struct Turn {
  shoal_phase phase = SHOAL_PHASE_RECEIVE;
  std::string entity_id;
  Status status = Status::ok;               // dead_letter: refused before or within the turn
  std::string error;                        // why it failed or was refused
  std::optional<ReplyData> reply;           // to the ask of this turn
  std::optional<std::uint64_t> ask_number;  // of the ask of this turn, for Kit::reply_to
  std::vector<LateReply> late_replies;
  std::vector<Emit> emits;
  std::vector<Message> tells;
  std::vector<Ask> asks;
  std::vector<Message> forwards;
  std::vector<Event> events;
  bool stashed = false;
  bool unstashed = false;
  std::optional<StopReason> stopped;  // the entity left memory after this turn
  std::vector<Turn> caused;           // turns right after this one: unstashed messages, the last turn

  bool ok() const { return status == Status::ok; }
};

}  // namespace shoal::testkit
