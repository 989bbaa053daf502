#pragma once
// The functions behind shoal_effects in the testkit. Included by turn_recorder.hpp.

#include <cstdint>

#include "shoal/testkit/turn_recorder.hpp"

namespace shoal::testkit {

struct TurnEffects {
  static constexpr std::uint64_t payload_bytes_max = 64 * 1024;
  static constexpr std::uint64_t body_bytes_max = 1024 * 1024;
  static constexpr std::uint64_t name_bytes_max = 255;
  static constexpr std::uint64_t request_id_bytes_max = 64;
  static constexpr std::uint64_t error_bytes_max = 1024;
  static constexpr std::uint32_t headers_max = 256;
  static constexpr std::uint32_t ask_timeout_ms_max = 86'400'000;

  static TurnRecorder& of(const shoal_turn* turn) { return *static_cast<TurnRecorder*>(turn->state); }

  // OK where the effect may go on. An effect of a turn that is over is a bug that a host would crash on.
  static shoal_status start(const shoal_turn* turn, shoal_effect effect) {
    TurnRecorder& recorder = of(turn);
    if (recorder.ended_) {
      recorder.around_.misused("an effect was called after its turn had ended: a context was kept");
      return SHOAL_STATUS_WRONG_PHASE;
    }
    const bool legal = (shoal_effect_phases(effect) & SHOAL_PHASE_BIT(turn->phase)) != 0;
    return legal ? SHOAL_STATUS_OK : SHOAL_STATUS_WRONG_PHASE;
  }

  template <class Struct>
  static bool sized(const shoal_turn* turn, const Struct* argument, const char* what) {
    if (argument != nullptr && argument->size == sizeof(Struct)) return true;
    of(turn).around_.misused(std::string(what) + " is NULL, or its size is not sizeof(" + what + ")");
    return false;
  }

  static bool named(shoal_bytes name) {
    return name.data != nullptr && name.size >= 1 && name.size <= name_bytes_max;
  }

  static std::string copy(shoal_bytes bytes) { return std::string(detail::to_view(bytes)); }
  static std::optional<std::string> copy_nullable(shoal_bytes bytes) {
    if (bytes.data == nullptr) return std::nullopt;
    return copy(bytes);
  }

  static void set_error(const shoal_turn* turn, shoal_bytes text) {
    if (of(turn).ended_)
      of(turn).around_.misused("set_error was called after its turn had ended: a context was kept");
    of(turn).turn.error = detail::to_view(text).substr(0, error_bytes_max);
  }

  static shoal_status traceparent(const shoal_turn* turn, shoal_bytes* value) {
    TurnRecorder& recorder = of(turn);
    if (recorder.traceparent_) {
      *value = detail::to_abi(*recorder.traceparent_);
      return SHOAL_STATUS_OK;
    }
    if (turn->record == nullptr) return SHOAL_STATUS_NOT_FOUND;
    const auto header = Record(*turn->record).header("traceparent");
    if (!header) return SHOAL_STATUS_NOT_FOUND;
    *value = detail::to_abi(*header);
    return SHOAL_STATUS_OK;
  }

  static shoal_status checked(const shoal_turn* turn, const shoal_reply* reply) {
    if (!sized(turn, reply, "shoal_reply")) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (reply->status > SHOAL_STATUS_OUT_OF_MEMORY || reply->codec > SHOAL_CODEC_MSGPACK) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    return reply->body.size > body_bytes_max ? SHOAL_STATUS_TOO_LARGE : SHOAL_STATUS_OK;
  }

  static bool answered(const TurnRecorder& recorder, std::uint64_t ask_number) {
    for (const PendingReply& pending : recorder.wishes.replies) {
      if (pending.ask_number == ask_number) return true;
    }
    return recorder.forwarded_ && recorder.turn.ask_number == ask_number;
  }

  static void answer(TurnRecorder& recorder, std::uint64_t ask_number, const shoal_reply& reply) {
    recorder.wishes.replies.push_back({ask_number, {Status{reply.status}, reply.codec, copy(reply.body)}});
  }

  static shoal_status reply(const shoal_turn* turn, const shoal_reply* reply) {
    if (const auto status = start(turn, SHOAL_EFFECT_REPLY); status != SHOAL_STATUS_OK) return status;
    if (turn->expects_reply == 0) return SHOAL_STATUS_NOT_FOUND;
    if (const auto status = checked(turn, reply); status != SHOAL_STATUS_OK) return status;
    TurnRecorder& recorder = of(turn);
    const std::uint64_t ask_number = *recorder.turn.ask_number;
    if (answered(recorder, ask_number)) return SHOAL_STATUS_INVALID_ARGUMENT;
    answer(recorder, ask_number, *reply);
    return SHOAL_STATUS_OK;
  }

  static shoal_status reply_token(const shoal_turn* turn, shoal_reply_token* token) {
    if (const auto status = start(turn, SHOAL_EFFECT_REPLY_TOKEN); status != SHOAL_STATUS_OK) return status;
    if (turn->expects_reply == 0) return SHOAL_STATUS_NOT_FOUND;
    const std::string text = "ask " + std::to_string(*of(turn).turn.ask_number);
    token->token_size = static_cast<std::uint32_t>(text.size());
    std::copy(text.begin(), text.end(), token->bytes);
    return SHOAL_STATUS_OK;
  }

  static shoal_status reply_to(const shoal_turn* turn, const shoal_reply_token* token,
                               const shoal_reply* reply) {
    if (const auto status = start(turn, SHOAL_EFFECT_REPLY_TO); status != SHOAL_STATUS_OK) return status;
    if (const auto status = checked(turn, reply); status != SHOAL_STATUS_OK) return status;
    if (token == nullptr || token->token_size > SHOAL_REPLY_TOKEN_BYTES_MAX)
      return SHOAL_STATUS_INVALID_ARGUMENT;
    const std::string text(reinterpret_cast<const char*>(token->bytes), token->token_size);
    if (!text.starts_with("ask ")) return SHOAL_STATUS_INVALID_ARGUMENT;
    const std::uint64_t ask_number = std::strtoull(text.c_str() + 4, nullptr, 10);
    TurnRecorder& recorder = of(turn);
    if (!recorder.around_.is_open_ask(ask_number) || answered(recorder, ask_number)) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    answer(recorder, ask_number, *reply);
    return SHOAL_STATUS_OK;
  }

  static shoal_status emit(const shoal_turn* turn, const shoal_emit* emit) {
    if (const auto status = start(turn, SHOAL_EFFECT_EMIT); status != SHOAL_STATUS_OK) return status;
    TurnRecorder& recorder = of(turn);
    if (!sized(turn, emit, "shoal_emit")) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (!recorder.around_.has_sink(detail::to_view(emit->sink))) return SHOAL_STATUS_NOT_FOUND;
    if (emit->header_count > headers_max || emit->key.size + emit->value.size > body_bytes_max) {
      return SHOAL_STATUS_TOO_LARGE;
    }
    if (emit->timestamp_ms < -1) return SHOAL_STATUS_INVALID_ARGUMENT;
    Emit data{copy(emit->sink), copy_nullable(emit->key), copy_nullable(emit->value), {}, {}};
    for (std::uint32_t i = 0; i < emit->header_count; ++i) {
      data.headers.push_back({copy(emit->headers[i].name), copy_nullable(emit->headers[i].value)});
    }
    if (emit->timestamp_ms >= 0) data.timestamp = Timestamp{Milliseconds{emit->timestamp_ms}};
    recorder.turn.emits.push_back(std::move(data));
    return SHOAL_STATUS_OK;
  }

  // `flags` are those that the effect takes.
  static shoal_status checked(const shoal_turn* turn, const shoal_message* message,
                              std::uint32_t flags = SHOAL_MESSAGE_ONLY_IF_ACTIVE) {
    if (!sized(turn, message, "shoal_message")) return SHOAL_STATUS_INVALID_ARGUMENT;
    try {
      rules::type_name(copy(message->type).c_str(), "a type");
      rules::message_name(detail::to_view(message->message), "a message");
    } catch (const Misuse&) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    const bool good = message->id.size >= 1 && message->id.size <= SHOAL_ENTITY_ID_BYTES_MAX &&
                      message->codec <= SHOAL_CODEC_MSGPACK &&
                      message->request_id.size <= request_id_bytes_max && (message->flags & ~flags) == 0;
    if (!good) return SHOAL_STATUS_INVALID_ARGUMENT;
    return message->body.size > body_bytes_max ? SHOAL_STATUS_TOO_LARGE : SHOAL_STATUS_OK;
  }

  static Message copy(const shoal_message& message) {
    const bool only_if_active = (message.flags & SHOAL_MESSAGE_ONLY_IF_ACTIVE) != 0;
    return {copy(message.type),
            copy(message.id),
            copy(message.message),
            message.codec,
            copy_nullable(message.body),
            copy_nullable(message.request_id),
            only_if_active ? Activation::only_if_active : Activation::start};
  }

  static ContinuationData copy(const shoal_continuation& continuation) {
    return {continuation.id, copy(continuation.payload)};
  }

  static shoal_status tell(const shoal_turn* turn, const shoal_message* message) {
    if (const auto status = start(turn, SHOAL_EFFECT_TELL); status != SHOAL_STATUS_OK) return status;
    if (const auto status = checked(turn, message); status != SHOAL_STATUS_OK) return status;
    if (message->timeout_ms != 0) return SHOAL_STATUS_INVALID_ARGUMENT;
    of(turn).turn.tells.push_back(copy(*message));
    return SHOAL_STATUS_OK;
  }

  static shoal_status ask(const shoal_turn* turn, const shoal_message* message,
                          const shoal_continuation* continuation) {
    if (const auto status = start(turn, SHOAL_EFFECT_ASK); status != SHOAL_STATUS_OK) return status;
    constexpr std::uint32_t flags = SHOAL_MESSAGE_ONLY_IF_ACTIVE | SHOAL_MESSAGE_RECEIPT;
    if (const auto status = checked(turn, message, flags); status != SHOAL_STATUS_OK) return status;
    if (message->timeout_ms < 1 || message->timeout_ms > ask_timeout_ms_max)
      return SHOAL_STATUS_INVALID_ARGUMENT;
    TurnRecorder& recorder = of(turn);
    if (continuation == nullptr || recorder.around_.type->on_reply == nullptr)
      return SHOAL_STATUS_INVALID_ARGUMENT;
    if (continuation->payload.size > payload_bytes_max) return SHOAL_STATUS_TOO_LARGE;
    recorder.turn.asks.push_back({copy(*message), recorder.around_.next_ask_number(), recorder.turn.entity_id,
                                  Milliseconds{message->timeout_ms}, copy(*continuation),
                                  Receipt{message->flags & SHOAL_MESSAGE_RECEIPT}});
    return SHOAL_STATUS_OK;
  }

  static shoal_status forward(const shoal_turn* turn, const shoal_message* message) {
    if (const auto status = start(turn, SHOAL_EFFECT_FORWARD); status != SHOAL_STATUS_OK) return status;
    if (const auto status = checked(turn, message); status != SHOAL_STATUS_OK) return status;
    if (message->timeout_ms != 0) return SHOAL_STATUS_INVALID_ARGUMENT;
    TurnRecorder& recorder = of(turn);
    if (recorder.turn.ask_number && answered(recorder, *recorder.turn.ask_number)) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    recorder.forwarded_ = true;
    recorder.turn.forwards.push_back(copy(*message));
    return SHOAL_STATUS_OK;
  }

  static shoal_status dead_letter(const shoal_turn* turn, shoal_bytes reason) {
    if (const auto status = start(turn, SHOAL_EFFECT_DEAD_LETTER); status != SHOAL_STATUS_OK) return status;
    of(turn).wishes.dead_letter = detail::to_view(reason).substr(0, error_bytes_max);
    return SHOAL_STATUS_OK;
  }

  static shoal_status set_timer(const shoal_turn* turn, const shoal_timer* timer) {
    if (const auto status = start(turn, SHOAL_EFFECT_SET_TIMER); status != SHOAL_STATUS_OK) return status;
    TurnRecorder& recorder = of(turn);
    if (!sized(turn, timer, "shoal_timer")) return SHOAL_STATUS_INVALID_ARGUMENT;
    constexpr std::uint64_t delay_ms_max = std::uint64_t{1}
                                           << 48;  // far beyond any use, and no sum overflows
    if (!named(timer->name) || timer->delay_ms > delay_ms_max || timer->interval_ms > delay_ms_max ||
        recorder.around_.type->on_timer == nullptr) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    if (timer->continuation.payload.size > payload_bytes_max) return SHOAL_STATUS_TOO_LARGE;
    const Alarm alarm{turn->now_ns / 1'000'000 + static_cast<std::int64_t>(timer->delay_ms),
                      static_cast<std::int64_t>(timer->interval_ms), copy(timer->continuation)};
    recorder.wishes.timers.emplace_back(copy(timer->name), alarm);
    return SHOAL_STATUS_OK;
  }

  static shoal_status cancel_timer(const shoal_turn* turn, shoal_bytes name) {
    if (const auto status = start(turn, SHOAL_EFFECT_CANCEL_TIMER); status != SHOAL_STATUS_OK) return status;
    if (!named(name)) return SHOAL_STATUS_INVALID_ARGUMENT;
    of(turn).wishes.timers.emplace_back(copy(name), std::nullopt);
    return SHOAL_STATUS_OK;
  }

  static shoal_status set_receive_timeout(const shoal_turn* turn, std::uint64_t timeout_ms) {
    if (const auto status = start(turn, SHOAL_EFFECT_SET_RECEIVE_TIMEOUT); status != SHOAL_STATUS_OK)
      return status;
    if (timeout_ms != 0 && of(turn).around_.type->on_receive_timeout == nullptr)
      return SHOAL_STATUS_INVALID_ARGUMENT;
    of(turn).wishes.receive_timeout_ms = timeout_ms;
    return SHOAL_STATUS_OK;
  }

  static shoal_status stash(const shoal_turn* turn) {
    if (const auto status = start(turn, SHOAL_EFFECT_STASH); status != SHOAL_STATUS_OK) return status;
    if (std::exchange(of(turn).wishes.stash, true)) return SHOAL_STATUS_INVALID_ARGUMENT;
    return SHOAL_STATUS_OK;
  }

  static shoal_status unstash(const shoal_turn* turn) {
    if (const auto status = start(turn, SHOAL_EFFECT_UNSTASH); status != SHOAL_STATUS_OK) return status;
    of(turn).wishes.unstash = true;
    return SHOAL_STATUS_OK;
  }

  static shoal_status persist(const shoal_turn* turn, std::uint32_t event_index, shoal_bytes event) {
    if (const auto status = start(turn, SHOAL_EFFECT_PERSIST); status != SHOAL_STATUS_OK) return status;
    TurnRecorder& recorder = of(turn);
    const shoal_entity_type& type = *recorder.around_.type;
    if (event_index >= type.event_count) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (event.size > body_bytes_max) return SHOAL_STATUS_TOO_LARGE;
    recorder.turn.events.push_back(
        {type.events[event_index].name, type.events[event_index].version, copy(event)});
    const shoal_phase phase = std::exchange(recorder.abi_.phase, shoal_phase{SHOAL_PHASE_APPLY});
    const shoal_status status = recorder.around_.apply(event_index, detail::to_view(event));
    recorder.abi_.phase = phase;
    return status;
  }

  static shoal_status set_reminder(const shoal_turn* turn, const shoal_reminder* reminder) {
    if (const auto status = start(turn, SHOAL_EFFECT_SET_REMINDER); status != SHOAL_STATUS_OK) return status;
    TurnRecorder& recorder = of(turn);
    if (!sized(turn, reminder, "shoal_reminder")) return SHOAL_STATUS_INVALID_ARGUMENT;
    constexpr std::uint64_t interval_ms_max = std::uint64_t{1} << 48;
    if (!named(reminder->name) || reminder->due_ms < 0 || reminder->interval_ms > interval_ms_max ||
        recorder.around_.type->on_reminder == nullptr) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    if (reminder->continuation.payload.size > payload_bytes_max) return SHOAL_STATUS_TOO_LARGE;
    const Alarm alarm{reminder->due_ms, static_cast<std::int64_t>(reminder->interval_ms),
                      copy(reminder->continuation)};
    recorder.wishes.reminders.emplace_back(copy(reminder->name), alarm);
    return SHOAL_STATUS_OK;
  }

  static shoal_status cancel_reminder(const shoal_turn* turn, shoal_bytes name) {
    if (const auto status = start(turn, SHOAL_EFFECT_CANCEL_REMINDER); status != SHOAL_STATUS_OK)
      return status;
    if (!named(name)) return SHOAL_STATUS_INVALID_ARGUMENT;
    of(turn).wishes.reminders.emplace_back(copy(name), std::nullopt);
    return SHOAL_STATUS_OK;
  }

  static shoal_status passivate(const shoal_turn* turn) {
    if (const auto status = start(turn, SHOAL_EFFECT_PASSIVATE); status != SHOAL_STATUS_OK) return status;
    if (!of(turn).turn.stopped) of(turn).turn.stopped = StopReason::passivated;
    return SHOAL_STATUS_OK;
  }

  static shoal_status stop(const shoal_turn* turn) {
    if (const auto status = start(turn, SHOAL_EFFECT_STOP); status != SHOAL_STATUS_OK) return status;
    of(turn).turn.stopped = StopReason::stopped;
    return SHOAL_STATUS_OK;
  }

  static const shoal_effects* table() {
    static constexpr shoal_effects effects{sizeof(shoal_effects),
                                           0,
                                           &set_error,
                                           &traceparent,
                                           &reply,
                                           &reply_token,
                                           &reply_to,
                                           &emit,
                                           &tell,
                                           &ask,
                                           &forward,
                                           &dead_letter,
                                           &set_timer,
                                           &cancel_timer,
                                           &set_receive_timeout,
                                           &stash,
                                           &unstash,
                                           &persist,
                                           &set_reminder,
                                           &cancel_reminder,
                                           &passivate,
                                           &stop};
    return &effects;
  }
};

inline TurnRecorder::TurnRecorder(TurnStart start, const TurnSurroundings& around)
    : around_(around), traceparent_(std::move(start.traceparent)) {
  turn.phase = start.phase;
  turn.entity_id = start.entity_id;
  turn.ask_number = start.ask_number;
  abi_.size = sizeof(abi_);
  abi_.phase = start.phase;
  abi_.effects = TurnEffects::table();
  abi_.state = this;
  abi_.entity_id = lend(turn.entity_id);
  abi_.now_ns = start.now_ns;
  abi_.random = start.random;
  abi_.expects_reply = start.ask_number ? 1 : 0;
}

}  // namespace shoal::testkit
