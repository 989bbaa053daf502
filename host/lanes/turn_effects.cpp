#include "host/lanes/turn_effects.hpp"

#include <algorithm>
#include <span>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kErrorBytesMax = 1024;
constexpr std::uint32_t kHeadersMax = 256;
constexpr std::size_t kTimerNameBytesMax = 255;                // and of reminders
constexpr std::uint64_t kDelayMsMax = std::uint64_t{1} << 40;  // beyond any use, and no sum overflows
constexpr std::string_view kTraceparent = "traceparent";

bool is_timer_name(shoal_bytes name) {
  return !is_null(name) && name.size >= 1 && name.size <= kTimerNameBytesMax;
}

}  // namespace

shoal_bytes traceparent_of(const shoal_turn* turn, std::string_view of_message) {
  if (!of_message.empty()) return to_bytes(of_message);
  if (turn->record == nullptr) return null_bytes;
  shoal_header header{};
  for (std::uint32_t i = 0; turn->record->header(turn->record, i, &header) == SHOAL_STATUS_OK; ++i) {
    if (to_view(header.name) == kTraceparent) return header.value;
  }
  return null_bytes;
}

// A struct so that Turn can name one friend.
struct TurnEffects {
  static Turn& of(const shoal_turn* turn) { return *static_cast<Turn*>(turn->state); }

  static void set_error(const shoal_turn* turn, shoal_bytes text) {
    of(turn).error_ = to_view(text).substr(0, kErrorBytesMax);
  }

  static shoal_status traceparent(const shoal_turn* turn, shoal_bytes* value) {
    *value = traceparent_of(turn, of(turn).message_traceparent());
    return is_null(*value) ? SHOAL_STATUS_NOT_FOUND : SHOAL_STATUS_OK;
  }

  // The turn's traceparent goes on with the record where the module has not given another; what a durable
  // entity emits has an id.
  static std::span<const shoal_header> headers_of(const shoal_turn* abi, const shoal_emit& emit) {
    const std::span headers(emit.headers, emit.header_count);
    const shoal_bytes traceparent = traceparent_of(abi, of(abi).message_traceparent());
    const auto is_traceparent = [](const shoal_header& header) {
      return to_view(header.name) == kTraceparent;
    };
    const bool adds_traceparent =
        !is_null(traceparent) && std::none_of(headers.begin(), headers.end(), is_traceparent);
    DurableTurn* durable = of(abi).durable_;
    if (!adds_traceparent && durable == nullptr) return headers;
    std::vector<shoal_header>& all = of(abi).headers_;
    all.assign(headers.begin(), headers.end());
    if (adds_traceparent) all.push_back({to_bytes(kTraceparent), traceparent});
    if (durable != nullptr) all.push_back({to_bytes(emit_id_header), to_bytes(durable->next_emit_id())});
    return all;
  }

  static shoal_status emit(const shoal_turn* abi, const shoal_emit* emit) {
    if (!legal(abi, SHOAL_EFFECT_EMIT)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (emit->header_count > kHeadersMax) return SHOAL_STATUS_TOO_LARGE;
    OutboxRecord record{0, turn.tag_, emit->key, emit->value, headers_of(abi, *emit), emit->timestamp_ms};
    if (!fits(record, turn.options_.record_bytes_max)) return SHOAL_STATUS_TOO_LARGE;
    const std::string_view name = to_view(emit->sink);
    const SinkNames& sinks = *turn.options_.sinks;
    const auto sink = std::find(sinks.begin(), sinks.end(), name);
    if (sink == sinks.end()) return SHOAL_STATUS_NOT_FOUND;
    record.output = static_cast<OutputIndex>(sink - sinks.begin());
    turn.begin_sending();
    return turn.options_.outbox->add(record) ? SHOAL_STATUS_OK : SHOAL_STATUS_OVERLOADED;
  }

  static shoal_status dead_letter(const shoal_turn* turn, shoal_bytes reason) {
    if (!legal(turn, SHOAL_EFFECT_DEAD_LETTER)) return SHOAL_STATUS_WRONG_PHASE;
    set_error(turn, reason);
    of(turn).dead_lettered_ = true;
    return SHOAL_STATUS_OK;
  }

  static shoal_status set_timer(const shoal_turn* abi, const shoal_timer* timer) {
    if (!legal(abi, SHOAL_EFFECT_SET_TIMER)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    const bool good = timer->size == sizeof(shoal_timer) && is_timer_name(timer->name) &&
                      timer->delay_ms <= kDelayMsMax && timer->interval_ms <= kDelayMsMax &&
                      turn.entity_.type->on_timer != nullptr;
    if (!good) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (timer->continuation.payload.size > continuation_bytes_max ||
        turn.entity_.timers + turn.changes_.timers.size() >= timers_max) {
      return SHOAL_STATUS_TOO_LARGE;
    }
    if (turn.entity_.timers_full) return SHOAL_STATUS_OVERLOADED;
    turn.change().timers.push_back({std::string(to_view(timer->name)), false,
                                    std::chrono::milliseconds(timer->delay_ms),
                                    std::chrono::milliseconds(timer->interval_ms), timer->continuation.id,
                                    std::string(to_view(timer->continuation.payload))});
    return SHOAL_STATUS_OK;
  }

  static shoal_status cancel_timer(const shoal_turn* abi, shoal_bytes name) {
    if (!legal(abi, SHOAL_EFFECT_CANCEL_TIMER)) return SHOAL_STATUS_WRONG_PHASE;
    if (!is_timer_name(name)) return SHOAL_STATUS_INVALID_ARGUMENT;
    TimerChange change;
    change.name = to_view(name);
    change.cancels = true;
    of(abi).change().timers.push_back(std::move(change));
    return SHOAL_STATUS_OK;
  }

  static shoal_status set_receive_timeout(const shoal_turn* abi, std::uint64_t timeout_ms) {
    if (!legal(abi, SHOAL_EFFECT_SET_RECEIVE_TIMEOUT)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (timeout_ms > kDelayMsMax || (timeout_ms != 0 && turn.entity_.type->on_receive_timeout == nullptr)) {
      return SHOAL_STATUS_INVALID_ARGUMENT;
    }
    turn.change().receive_timeout = std::chrono::milliseconds(timeout_ms);
    return SHOAL_STATUS_OK;
  }

  static shoal_status stash(const shoal_turn* abi) {
    if (!legal(abi, SHOAL_EFFECT_STASH)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (turn.changes_.stash) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (!turn.entity_.kept.has_room_for(turn.message_bytes())) return SHOAL_STATUS_OVERLOADED;
    turn.change().stash = true;
    return SHOAL_STATUS_OK;
  }

  static shoal_status unstash(const shoal_turn* abi) {
    if (!legal(abi, SHOAL_EFFECT_UNSTASH)) return SHOAL_STATUS_WRONG_PHASE;
    of(abi).change().unstash = true;
    return SHOAL_STATUS_OK;
  }

  static shoal_status persist(const shoal_turn* abi, std::uint32_t event_index, shoal_bytes event) {
    if (!legal(abi, SHOAL_EFFECT_PERSIST)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (turn.durable_ == nullptr) return SHOAL_STATUS_UNSUPPORTED;
    return turn.durable_->persist(turn.abi_, event_index, event, events_bytes_max);
  }

  static shoal_status set_reminder(const shoal_turn* abi, const shoal_reminder* reminder) {
    if (!legal(abi, SHOAL_EFFECT_SET_REMINDER)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (turn.durable_ == nullptr) return SHOAL_STATUS_UNSUPPORTED;
    const bool good = reminder->size == sizeof(shoal_reminder) && is_timer_name(reminder->name) &&
                      reminder->due_ms >= 0 && reminder->interval_ms <= reminder_interval_ms_max &&
                      turn.entity_.type->on_reminder != nullptr;
    if (!good) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (reminder->continuation.payload.size > continuation_bytes_max) return SHOAL_STATUS_TOO_LARGE;
    return turn.durable_->set_reminder(to_view(abi->entity_id), *reminder, events_bytes_max);
  }

  static shoal_status cancel_reminder(const shoal_turn* abi, shoal_bytes name) {
    if (!legal(abi, SHOAL_EFFECT_CANCEL_REMINDER)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (turn.durable_ == nullptr) return SHOAL_STATUS_UNSUPPORTED;
    if (!is_timer_name(name)) return SHOAL_STATUS_INVALID_ARGUMENT;
    return turn.durable_->cancel_reminder(to_view(abi->entity_id), to_view(name), events_bytes_max);
  }

  static shoal_status passivate(const shoal_turn* turn) {
    if (!legal(turn, SHOAL_EFFECT_PASSIVATE)) return SHOAL_STATUS_WRONG_PHASE;
    shoal_stop_reason& reason = of(turn).change().stop_reason;
    if (reason == 0) reason = SHOAL_STOP_REASON_PASSIVATED;
    return SHOAL_STATUS_OK;
  }

  static shoal_status stop(const shoal_turn* turn) {
    if (!legal(turn, SHOAL_EFFECT_STOP)) return SHOAL_STATUS_WRONG_PHASE;
    of(turn).change().stop_reason = SHOAL_STOP_REASON_STOPPED;
    return SHOAL_STATUS_OK;
  }
};

const shoal_effects& turn_effects() {
  static constexpr shoal_effects effects{
      sizeof(shoal_effects),
      0,
      TurnEffects::set_error,
      TurnEffects::traceparent,
      MessageEffects::reply,
      MessageEffects::reply_token,
      MessageEffects::reply_to,
      TurnEffects::emit,
      MessageEffects::tell,
      MessageEffects::ask,
      MessageEffects::forward,
      TurnEffects::dead_letter,
      TurnEffects::set_timer,
      TurnEffects::cancel_timer,
      TurnEffects::set_receive_timeout,
      TurnEffects::stash,
      TurnEffects::unstash,
      TurnEffects::persist,
      TurnEffects::set_reminder,
      TurnEffects::cancel_reminder,
      TurnEffects::passivate,
      TurnEffects::stop,
  };
  return effects;
}

}  // namespace shoal::lanes
