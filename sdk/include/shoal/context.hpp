#pragma once
// Context: one turn of one entity, and everything the turn may do. Valid during the call it is handed to, on
// the thread it is handed to; never keep it.
//
// Effects are data: they leave the host after the turn has ended well and are thrown away when it fails. An
// effect the host refuses (an unknown sink, a call it cannot serve yet, a call that is not legal in this
// phase) throws EffectError. Not caught, it fails the turn: its record becomes a dead letter with the reason,
// and the entity starts anew.
//
// Values are structs with SHOAL_FIELDS. `reply` encodes them as the message came; everything else uses the
// codec of the type's first message, unless the options name one. shoal::Raw is sent as it is,
// shoal::Tombstone as a null value.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shoal/abi/entity.h"
#include "shoal/buffer.hpp"
#include "shoal/codec.hpp"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/detail/type_info.hpp"
#include "shoal/errors.hpp"
#include "shoal/host.hpp"
#include "shoal/messages.hpp"
#include "shoal/record.hpp"

namespace shoal {

class Context {
 public:
  // The SDK makes contexts. Requires: both outlive the object.
  Context(const shoal_turn& turn, const detail::TypeInfo& type)
      : turn_(turn), type_(type), random_(turn.random), reply_codec_(type.codec) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // The entity's id. Where a record caused the turn, it is the record's key.
  std::string_view id() const { return detail::to_view(turn_.entity_id); }
  std::uint32_t shard() const { return turn_.shard; }

  // The same for the whole turn.
  std::chrono::sys_time<std::chrono::nanoseconds> now() const {
    return std::chrono::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{turn_.now_ns}};
  }
  Random& random() { return random_; }

  // The record that caused this turn, if one did.
  std::optional<Record> record() const {
    if (turn_.record == nullptr) return std::nullopt;
    return Record(*turn_.record);
  }

  // The W3C traceparent that came with the message or record.
  std::optional<std::string_view> traceparent() const {
    shoal_bytes value{};
    if (turn_.effects->traceparent(&turn_, &value) != SHOAL_STATUS_OK) return std::nullopt;
    return detail::to_view(value);
  }

  const Host& host() const { return *type_.host; }

  // What the behaviour's `configure` returned. The same object for all entities of the type, on all lanes.
  template <class Settings>
  const Settings& settings() const {
    return type_.settings.as<const Settings>(
        "settings<T>(): the behaviour's configure() returns another type");
  }

  // The module's shoal::shared<T>(). One object for all lanes: it must take care of its own threads.
  template <class Shared>
  Shared& shared() const {
    return type_.shared.as<Shared>("shared<T>(): the module names no shoal::shared<T>()");
  }

  // Whether somebody waits for `reply`.
  bool expects_reply() const { return turn_.expects_reply != 0; }

  // Answers the ask of this turn, at most once. Where nobody waits (a tell, a record) nothing is sent.
  template <class T>
  void reply(const T& value) {
    if (!expects_reply()) return;
    send_reply(ok_reply(value, *reply_codec_));
  }

  // Answers the ask of this turn: there is no answer, and why. The turn itself ends well.
  void reply_error(std::string_view reason, Status status = Status::failed) {
    if (expects_reply()) send_reply(error_reply(reason, status));
  }

  // Names who waits, for an answer in a later turn by `reply_to`.
  ReplyToken reply_token() const {
    shoal_reply_token token{};
    require(turn_.effects->reply_token(&turn_, &token), "reply_token");
    return ReplyToken(token);
  }

  template <class T>
  void reply_to(const ReplyToken& token, const T& value, const Codec* codec = nullptr) {
    send_reply_to(token, ok_reply(value, codec_or_default(codec)));
  }

  void reply_error_to(const ReplyToken& token, std::string_view reason, Status status = Status::failed) {
    send_reply_to(token, error_reply(reason, status));
  }

  // Sends a record to a sink of the host's configuration.
  template <class T>
  void emit(std::string_view sink, std::optional<std::string_view> key, const T& value,
            const EmitOptions& options = {}) {
    shoal_emit abi{};
    abi.size = sizeof(abi);
    abi.sink = detail::to_abi(sink);
    abi.key = detail::to_nullable_abi(key);
    abi.value = body(value, codec_or_default(options.codec));
    abi.headers = options.headers.empty() ? nullptr : &options.headers.front().abi_;
    abi.header_count = static_cast<std::uint32_t>(options.headers.size());
    abi.timestamp_ms = options.timestamp ? options.timestamp->time_since_epoch().count() : -1;
    require(turn_.effects->emit(&turn_, &abi), "emit to sink", sink);
  }

  // Sends a message and waits for nothing. From one durable entity to another it has its effect once and
  // comes in order, also where hosts are killed in between; then it has at most 512 KiB, and EffectError with
  // Status::overloaded says that too many wait for that shard. Any other comes at most once.
  template <class T>
  void tell(const Address& to, std::string_view message, const T& value, const TellOptions& options = {}) {
    const Codec& codec = codec_or_default(options.codec);
    const shoal_message abi = message_to(to, message, codec, body(value, codec), options);
    require(turn_.effects->tell(&turn_, &abi), "tell", message);
  }

  // The same with a receipt, which is a later turn, `on_reply`, with what `then` names: ok when the level is
  // reached, else why not; with the level `none` nothing comes. The receiver sees a tell. EffectError with
  // Status::unsupported: the host cannot reach the level.
  template <class T, class Payload = NoPayload>
  void tell(const Address& to, std::string_view message, const T& value, const TellOptions& options,
            const ReceiptOptions& receipt, const Then<Payload>& then = {}) {
    if (receipt.level == Receipt::none) return tell(to, message, value, options);
    require_hook(type_.hooks.on_reply, "tell with a receipt", "on_reply");
    const Codec& codec = codec_or_default(options.codec);
    shoal_message abi = message_to(to, message, codec, body(value, codec), options);
    abi.flags |= static_cast<std::uint32_t>(receipt.level);
    abi.timeout_ms = in_uint32(receipt.timeout, "tell: the receipt's timeout");
    Buffer payload;
    const shoal_continuation continuation = continuation_of(then, payload);
    const shoal_status status = turn_.effects->ask(&turn_, &abi, &continuation);
    if (status != SHOAL_STATUS_OK) {
      require(status, "tell with receipt " + std::string(to_string(receipt.level)), message);
    }
  }

  // Sends a message; its reply is a later turn, `on_reply`, with what `then` names. Other messages may come
  // between.
  template <class T, class Payload = NoPayload>
  void ask(const Address& to, std::string_view message, const T& value, const AskOptions& options = {},
           const Then<Payload>& then = {}) {
    require_hook(type_.hooks.on_reply, "ask", "on_reply");
    const Codec& codec = codec_or_default(options.codec);
    shoal_message abi = message_to(to, message, codec, body(value, codec), options);
    abi.timeout_ms = in_uint32(options.timeout, "ask: the timeout");
    Buffer payload;
    const shoal_continuation continuation = continuation_of(then, payload);
    require(turn_.effects->ask(&turn_, &abi, &continuation), "ask", message);
  }

  // Hands the message of this turn on as it is, with its reply address.
  void forward(const Address& to) {
    const shoal_message abi = message_to(to, message_name_, *reply_codec_, message_body_, TellOptions{});
    require(turn_.effects->forward(&turn_, &abi), "forward", message_name_);
  }

  // Hands another message on in place of this turn's, with its reply address.
  template <class T>
  void forward(const Address& to, std::string_view message, const T& value, const TellOptions& options = {}) {
    const Codec& codec = codec_or_default(options.codec);
    const shoal_message abi = message_to(to, message, codec, body(value, codec), options);
    require(turn_.effects->forward(&turn_, &abi), "forward", message);
  }

  // Refuses the message of this turn: its record becomes a dead letter with this reason. The turn is no
  // failure: state and effects stay.
  void dead_letter(std::string_view reason) {
    require(turn_.effects->dead_letter(&turn_, detail::to_abi(reason)), "dead_letter");
  }

  // Runs `on_timer` later. The name is 1..255 bytes; the same name replaces the timer. Timers live with the
  // entity in memory; what must survive that is a reminder.
  template <class Payload = NoPayload>
  void set_timer(std::string_view name, const TimerSchedule& schedule, const Then<Payload>& then = {}) {
    require_hook(type_.hooks.on_timer, "set_timer", "on_timer");
    Buffer payload;
    shoal_timer abi{};
    abi.size = sizeof(abi);
    abi.name = detail::to_abi(name);
    abi.delay_ms = in_uint64(schedule.delay, "set_timer: the delay");
    abi.interval_ms = in_uint64(schedule.interval, "set_timer: the interval");
    abi.continuation = continuation_of(then, payload);
    require(turn_.effects->set_timer(&turn_, &abi), "set_timer", name);
  }
  template <class Payload = NoPayload>
  void set_timer(std::string_view name, Milliseconds delay, const Then<Payload>& then = {}) {
    set_timer(name, TimerSchedule{delay}, then);
  }
  void cancel_timer(std::string_view name) {
    require(turn_.effects->cancel_timer(&turn_, detail::to_abi(name)), "cancel_timer", name);
  }

  // Runs `on_receive_timeout` when the entity has had no message for so long.
  void set_receive_timeout(Milliseconds timeout) {
    require_hook(type_.hooks.on_receive_timeout, "set_receive_timeout", "on_receive_timeout");
    if (timeout <= Milliseconds::zero()) throw EffectError(Status::invalid_argument, "set_receive_timeout");
    require(turn_.effects->set_receive_timeout(&turn_, static_cast<std::uint64_t>(timeout.count())),
            "set_receive_timeout");
  }
  void cancel_receive_timeout() {
    require(turn_.effects->set_receive_timeout(&turn_, 0), "cancel_receive_timeout");
  }

  // Keeps the message of this turn for later; `unstash` runs all that was kept, oldest first, after this
  // turn.
  void stash() { require(turn_.effects->stash(&turn_), "stash"); }
  void unstash() { require(turn_.effects->unstash(&turn_), "unstash"); }

  // Records an event of the type and runs `apply` on it before it returns.
  template <class Event>
  void persist(const Event& event) {
    for (std::uint32_t index = 0; index < type_.events.size(); ++index) {
      const detail::EventEntry& entry = type_.events[index];
      if (entry.tag != &detail::type_tag<Event>) continue;
      const shoal_status status = turn_.effects->persist(&turn_, index, body(event, *entry.codec));
      require(status, "persist", entry.name);
      return;
    }
    throw EffectError(Status::not_found, "persist: the module names no event of this struct");
  }

  // Runs `on_reminder` at a time, also when the entity has left memory or its host has started again
  // meanwhile: at least once, since a crash may undo its turn. The same name replaces the reminder. Of
  // durable types only. It stays when the entity stops. One that is set in the constructor is set again each
  // time the entity comes back to memory, also for its own reminder: then it repeats.
  template <class Payload = NoPayload>
  void set_reminder(std::string_view name, const ReminderSchedule& schedule, const Then<Payload>& then = {}) {
    require_hook(type_.hooks.on_reminder, "set_reminder", "on_reminder");
    Buffer payload;
    shoal_reminder abi{};
    abi.size = sizeof(abi);
    abi.name = detail::to_abi(name);
    abi.due_ms = schedule.due.time_since_epoch().count();
    abi.interval_ms = in_uint64(schedule.interval, "set_reminder: the interval");
    abi.continuation = continuation_of(then, payload);
    require(turn_.effects->set_reminder(&turn_, &abi), "set_reminder", name);
  }
  void cancel_reminder(std::string_view name) {
    require(turn_.effects->cancel_reminder(&turn_, detail::to_abi(name)), "cancel_reminder", name);
  }

  // The entity leaves memory after this turn; the next message brings it back.
  void passivate() { require(turn_.effects->passivate(&turn_), "passivate"); }

  // The entity ends after this turn; the next message makes a new incarnation.
  void stop() { require(turn_.effects->stop(&turn_), "stop"); }

 private:
  friend struct MessageOfTurn;

  const Codec& codec_or_default(const Codec* codec) const { return codec != nullptr ? *codec : *type_.codec; }

  template <class T>
  shoal_bytes body(const T& value, const Codec& codec) {
    if constexpr (std::is_same_v<T, Tombstone>) {
      return {nullptr, 0};
    } else {
      buffer_.clear();
      encode_into(codec, value, buffer_);
      return detail::to_abi(buffer_.view());
    }
  }

  template <class Payload>
  shoal_continuation continuation_of(const Then<Payload>& then, Buffer& out) const {
    shoal_continuation continuation{};
    continuation.id = then.id;
    if constexpr (!std::is_same_v<Payload, NoPayload>) {
      if (then.payload != nullptr) encode_into(*type_.codec, *then.payload, out);
    }
    continuation.payload = detail::to_abi(out.view());
    return continuation;
  }

  template <class Options>
  static shoal_message message_to(const Address& to, std::string_view message, const Codec& codec,
                                  shoal_bytes body, const Options& options) {
    shoal_message abi{};
    abi.size = sizeof(abi);
    if (options.activation == Activation::only_if_active) abi.flags = SHOAL_MESSAGE_ONLY_IF_ACTIVE;
    abi.type = detail::to_abi(to.type);
    abi.id = detail::to_abi(to.id);
    abi.message = detail::to_abi(message);
    abi.codec = codec.id;
    abi.body = body;
    if (!options.request_id.empty()) abi.request_id = detail::to_abi(options.request_id);
    return abi;
  }

  template <class T>
  shoal_reply ok_reply(const T& value, const Codec& codec) {
    return {sizeof(shoal_reply), SHOAL_STATUS_OK, codec.id, 0, body(value, codec)};
  }
  static shoal_reply error_reply(std::string_view reason, Status status) {
    if (status == Status::ok) throw EffectError(Status::invalid_argument, "reply_error with status ok");
    return {sizeof(shoal_reply), static_cast<shoal_status>(status), SHOAL_CODEC_BYTES, 0,
            detail::to_abi(reason)};
  }
  void send_reply(const shoal_reply& abi) { require(turn_.effects->reply(&turn_, &abi), "reply"); }
  void send_reply_to(const ReplyToken& token, const shoal_reply& abi) {
    const shoal_reply_token to = token.to_abi();
    require(turn_.effects->reply_to(&turn_, &to, &abi), "reply_to");
  }

  static std::uint64_t in_uint64(Milliseconds duration, std::string_view what) {
    if (duration < Milliseconds::zero()) throw EffectError(Status::invalid_argument, what);
    return static_cast<std::uint64_t>(duration.count());
  }
  static std::uint32_t in_uint32(Milliseconds duration, std::string_view what) {
    const std::uint64_t count = in_uint64(duration, what);
    if (count > UINT32_MAX) throw EffectError(Status::invalid_argument, what);
    return static_cast<std::uint32_t>(count);
  }

  static void require_hook(bool present, std::string_view effect, std::string_view hook) {
    if (!present) {
      throw EffectError(Status::invalid_argument,
                        std::string(effect) + ": the behaviour has no function " + std::string(hook));
    }
  }

  static void require(shoal_status status, std::string_view effect, std::string_view about = {}) {
    if (status == SHOAL_STATUS_OK) return;
    std::string text(effect);
    if (!about.empty()) text += " '" + std::string(about) + "'";
    throw EffectError(Status{status}, text);
  }

  const shoal_turn& turn_;
  const detail::TypeInfo& type_;
  Random random_;
  const Codec* reply_codec_;       // of the message of this turn
  std::string_view message_name_;  // of the message of this turn
  shoal_bytes message_body_{nullptr, 0};
  Buffer buffer_;
};

// Sets what `reply` and `forward` take from the message of a turn. For the SDK.
struct MessageOfTurn {
  static void set(Context& ctx, const detail::MessageEntry& message, shoal_bytes body) {
    ctx.reply_codec_ = message.codec;
    ctx.message_name_ = message.name;
    ctx.message_body_ = body;
  }
};

}  // namespace shoal
