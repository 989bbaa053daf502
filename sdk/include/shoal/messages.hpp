#pragma once
// What turns send and receive beside the message itself: addresses, options, replies, timers, reminders, and
// the data that comes back with them.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

#include "shoal/abi/entity.h"
#include "shoal/codec.hpp"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/detail/type_info.hpp"
#include "shoal/record.hpp"

namespace shoal {

using Milliseconds = std::chrono::milliseconds;

// An entity of the cluster: its type's name and its id of 1..1024 bytes. Borrowed.
struct Address {
  std::string_view type;
  std::string_view id;
};

enum class StopReason : shoal_stop_reason {
  stopped = SHOAL_STOP_REASON_STOPPED,
  passivated = SHOAL_STOP_REASON_PASSIVATED,
  shutdown = SHOAL_STOP_REASON_SHUTDOWN,
};

// A message to an entity that is not in memory starts it, unless it says otherwise.
enum class Activation { start, only_if_active };

struct EmitOptions {
  std::span<const Header> headers = {};
  std::optional<Timestamp> timestamp = {};  // none: the time it is sent
  const Codec* codec = nullptr;             // none: the codec of the type
};

struct TellOptions {
  std::string_view request_id = {};  // at most 64 bytes: the receiver runs one id once
  Activation activation = Activation::start;
  const Codec* codec = nullptr;  // none: the codec of the type
};

// What the sender of a tell is told of it.
enum class Receipt : std::uint32_t {
  none = 0,
  accepted = SHOAL_MESSAGE_RECEIPT_ACCEPTED,    // its owner has taken it: it has its turn, at once or later
  processed = SHOAL_MESSAGE_RECEIPT_PROCESSED,  // its turn has ended well
  persisted = SHOAL_MESSAGE_RECEIPT_PERSISTED,  // what its turn changed outlives the host
};

constexpr std::string_view to_string(Receipt level) {
  switch (level) {
    case Receipt::none:
      return "none";
    case Receipt::accepted:
      return "accepted";
    case Receipt::processed:
      return "processed";
    case Receipt::persisted:
      return "persisted";
  }
  return "unknown";
}

struct ReceiptOptions {
  Receipt level = Receipt::processed;
  Milliseconds timeout = std::chrono::seconds{5};  // 1 ms .. 24 h
};

struct AskOptions {
  Milliseconds timeout = std::chrono::seconds{5};  // 1 ms .. 24 h
  std::string_view request_id = {};                // at most 64 bytes: the receiver runs one id once
  Activation activation = Activation::start;
  const Codec* codec = nullptr;  // none: the codec of the type
};

// When a timer runs.
struct TimerSchedule {
  Milliseconds delay;          // until the first time
  Milliseconds interval = {};  // 0: once
};

// When a reminder runs.
struct ReminderSchedule {
  Timestamp due;
  Milliseconds interval = {};  // 0: once
};

// A continuation that is a number only.
struct NoPayload {};

// What comes back with a reply, a timer or a reminder: a number and, where it helps, a struct with
// SHOAL_FIELDS of at most 64 KiB encoded. It is data and not a callback, so it survives a restart and another
// version of the module.
template <class Payload = NoPayload>
struct Then {
  std::uint32_t id = 0;
  const Payload* payload = nullptr;
};

inline Then<> then(std::uint32_t id) { return {id, nullptr}; }

// Requires: `payload` lives until the call it is passed to returns.
template <class Payload>
Then<Payload> then(std::uint32_t id, const Payload& payload) {
  return {id, &payload};
}

// What `then` gave, back again. Valid during the turn.
class Continuation {
 public:
  Continuation(const shoal_continuation& abi, const detail::TypeInfo& type) : abi_(abi), type_(type) {}

  std::uint32_t id() const { return abi_.id; }

  // The payload; DecodeError where it is another type.
  template <class Payload>
  Payload as() const {
    return decode<Payload>(detail::codec_of_type(type_), detail::to_view(abi_.payload));
  }

 private:
  const shoal_continuation& abi_;
  const detail::TypeInfo& type_;
};

// The answer to an ask, or why there is none. Valid during the turn.
class Reply {
 public:
  Reply(const shoal_reply& abi, const shoal_continuation& continuation, const detail::TypeInfo& type)
      : abi_(abi), continuation_(continuation, type), type_(type) {}

  bool ok() const { return abi_.status == SHOAL_STATUS_OK; }
  Status status() const { return Status{abi_.status}; }

  // Why there is no answer, for people. Empty where there is one.
  std::string_view error() const { return ok() ? std::string_view{} : body(); }

  std::string_view body() const { return detail::to_view(abi_.body); }

  // The answer; throws where there is none (std::runtime_error) or it is another type (DecodeError).
  template <class Answer>
  Answer as() const {
    if (!ok())
      throw std::runtime_error("no reply: " + std::string(to_string(status())) + ": " + std::string(body()));
    return decode<Answer>(detail::codec_by_id(type_, abi_.codec), body());
  }

  const Continuation& continuation() const { return continuation_; }

 private:
  const shoal_reply& abi_;
  Continuation continuation_;
  const detail::TypeInfo& type_;
};

// A timer or a reminder that is due. Valid during the turn.
class Timer {
 public:
  Timer(shoal_bytes name, const shoal_continuation& continuation, const detail::TypeInfo& type)
      : name_(detail::to_view(name)), continuation_(continuation, type) {}

  std::string_view name() const { return name_; }
  const Continuation& continuation() const { return continuation_; }

 private:
  std::string_view name_;
  Continuation continuation_;
};
class Reminder : public Timer {
 public:
  using Timer::Timer;
};

// Names who waits for a reply. It may be a field of a state and be used in a later turn. Its text is
// hexadecimal, so that every codec can carry it.
class ReplyToken {
 public:
  ReplyToken() = default;

  bool empty() const { return text_.empty(); }

  static constexpr auto shoal_fields(FieldsOf<ReplyToken>) {
    return std::tuple{detail::make_field("token", &ReplyToken::text_)};
  }

 private:
  friend class Context;

  explicit ReplyToken(const shoal_reply_token& abi) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (std::uint32_t i = 0; i < abi.token_size && i < SHOAL_REPLY_TOKEN_BYTES_MAX; ++i) {
      text_ += hex[abi.bytes[i] >> 4];
      text_ += hex[abi.bytes[i] & 15];
    }
  }

  shoal_reply_token to_abi() const {
    shoal_reply_token abi{};
    if (text_.size() % 2 != 0 || text_.size() > std::size_t{2} * SHOAL_REPLY_TOKEN_BYTES_MAX) {
      throw std::invalid_argument("a reply token that is none");
    }
    for (std::size_t i = 0; i < text_.size(); i += 2) {
      abi.bytes[abi.token_size++] = static_cast<std::uint8_t>(digit(text_[i]) * 16 + digit(text_[i + 1]));
    }
    return abi;
  }

  static unsigned digit(char character) {
    if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
    if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a' + 10);
    throw std::invalid_argument("a reply token that is none");
  }

  std::string text_;
};

// 64 random bits after another (SplitMix64: Steele, Lea, Flood 2014) from the seed of the turn, so that a
// turn that runs again draws the same. Good for jitter and sampling, not for secrets. Meets
// UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT64_MAX; }

  result_type operator()() {
    std::uint64_t bits = (state_ += 0x9e3779b97f4a7c15U);
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace shoal
