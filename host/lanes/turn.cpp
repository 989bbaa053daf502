#include "host/lanes/turn.hpp"

#include <span>

#include "shoal/abi/phases.h"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kErrorBytesMax = 1024;
constexpr std::size_t kReplyBytesMax = 1024 * 1024;
constexpr std::uint32_t kHeadersMax = 256;

// SplitMix64 (Steele, Lea, Flood 2014): one addition and a finalizer a turn.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

bool legal(const shoal_turn* turn, shoal_effect effect) {
  return (shoal_effect_phases(effect) & SHOAL_PHASE_BIT(turn->phase)) != 0;
}

// An effect whose machinery this version does not have: the phase is judged all the same, so that a module is
// told of a wrong call today.
shoal_status unsupported(const shoal_turn* turn, shoal_effect effect) {
  return legal(turn, effect) ? SHOAL_STATUS_UNSUPPORTED : SHOAL_STATUS_WRONG_PHASE;
}

}  // namespace

// The functions behind shoal_effects. A struct so that Turn can name one friend.
struct TurnEffects {
  static Turn& of(const shoal_turn* turn) { return *static_cast<Turn*>(turn->state); }

  static void set_error(const shoal_turn* turn, shoal_bytes text) {
    of(turn).error_ = to_view(text).substr(0, kErrorBytesMax);
  }

  static shoal_status traceparent(const shoal_turn* turn, shoal_bytes* value) {
    if (!of(turn).traceparent_.empty()) {
      *value = to_bytes(of(turn).traceparent_);
      return SHOAL_STATUS_OK;
    }
    if (turn->record == nullptr) return SHOAL_STATUS_NOT_FOUND;
    shoal_header header{};
    for (std::uint32_t i = 0; turn->record->header(turn->record, i, &header) == SHOAL_STATUS_OK; ++i) {
      if (to_view(header.name) != "traceparent" || is_null(header.value)) continue;
      *value = header.value;
      return SHOAL_STATUS_OK;
    }
    return SHOAL_STATUS_NOT_FOUND;
  }

  static shoal_status reply(const shoal_turn* turn, const shoal_reply* reply) {
    if (!legal(turn, SHOAL_EFFECT_REPLY)) return SHOAL_STATUS_WRONG_PHASE;
    if (turn->expects_reply == 0) return SHOAL_STATUS_NOT_FOUND;
    if (of(turn).reply_) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (reply->body.size > kReplyBytesMax) return SHOAL_STATUS_TOO_LARGE;
    of(turn).reply_ = TurnReply{reply->status, reply->codec, std::string(to_view(reply->body))};
    return SHOAL_STATUS_OK;
  }

  static shoal_status emit(const shoal_turn* abi, const shoal_emit* emit) {
    if (!legal(abi, SHOAL_EFFECT_EMIT)) return SHOAL_STATUS_WRONG_PHASE;
    Turn& turn = of(abi);
    if (emit->header_count > kHeadersMax) return SHOAL_STATUS_TOO_LARGE;
    OutboxRecord record{0,
                        turn.tag_,
                        emit->key,
                        emit->value,
                        std::span(emit->headers, emit->header_count),
                        emit->timestamp_ms};
    if (!fits(record, turn.record_bytes_max_)) return SHOAL_STATUS_TOO_LARGE;
    const std::string_view name = to_view(emit->sink);
    for (std::size_t i = 0; i < turn.sinks_.size(); ++i) {
      if (turn.sinks_[i] != name) continue;
      record.output = static_cast<OutputIndex>(i);
      return turn.outbox_.add(record) ? SHOAL_STATUS_OK : SHOAL_STATUS_OVERLOADED;
    }
    return SHOAL_STATUS_NOT_FOUND;
  }

  static shoal_status dead_letter(const shoal_turn* turn, shoal_bytes reason) {
    if (!legal(turn, SHOAL_EFFECT_DEAD_LETTER)) return SHOAL_STATUS_WRONG_PHASE;
    set_error(turn, reason);
    of(turn).dead_lettered_ = true;
    return SHOAL_STATUS_OK;
  }

  // With durability `none` an entity that leaves memory keeps nothing, so passivating and stopping differ
  // only in the reason its last turn is told.
  static shoal_status passivate(const shoal_turn* turn) {
    if (!legal(turn, SHOAL_EFFECT_PASSIVATE)) return SHOAL_STATUS_WRONG_PHASE;
    if (of(turn).stop_reason_ == 0) of(turn).stop_reason_ = SHOAL_STOP_REASON_PASSIVATED;
    return SHOAL_STATUS_OK;
  }

  static shoal_status stop(const shoal_turn* turn) {
    if (!legal(turn, SHOAL_EFFECT_STOP)) return SHOAL_STATUS_WRONG_PHASE;
    of(turn).stop_reason_ = SHOAL_STOP_REASON_STOPPED;
    return SHOAL_STATUS_OK;
  }

  template <shoal_effect effect, class... Arguments>
  static shoal_status not_served(const shoal_turn* turn, Arguments...) {
    return unsupported(turn, effect);
  }
};

namespace {

constexpr shoal_effects kEffects{
    sizeof(shoal_effects),
    0,
    TurnEffects::set_error,
    TurnEffects::traceparent,
    TurnEffects::reply,
    TurnEffects::not_served<SHOAL_EFFECT_REPLY_TOKEN>,
    TurnEffects::not_served<SHOAL_EFFECT_REPLY_TO>,
    TurnEffects::emit,
    TurnEffects::not_served<SHOAL_EFFECT_TELL>,
    TurnEffects::not_served<SHOAL_EFFECT_ASK>,
    TurnEffects::not_served<SHOAL_EFFECT_FORWARD>,
    TurnEffects::dead_letter,
    TurnEffects::not_served<SHOAL_EFFECT_SET_TIMER>,
    TurnEffects::not_served<SHOAL_EFFECT_CANCEL_TIMER>,
    TurnEffects::not_served<SHOAL_EFFECT_SET_RECEIVE_TIMEOUT>,
    TurnEffects::not_served<SHOAL_EFFECT_STASH>,
    TurnEffects::not_served<SHOAL_EFFECT_UNSTASH>,
    TurnEffects::not_served<SHOAL_EFFECT_PERSIST>,
    TurnEffects::not_served<SHOAL_EFFECT_SET_REMINDER>,
    TurnEffects::not_served<SHOAL_EFFECT_CANCEL_REMINDER>,
    TurnEffects::passivate,
    TurnEffects::stop,
};

}  // namespace

Turn::Turn(const SinkNames& sinks, Outbox& outbox, std::size_t record_bytes_max, std::uint64_t random_seed)
    : sinks_(sinks), outbox_(outbox), record_bytes_max_(record_bytes_max), random_state_(random_seed) {
  abi_.size = sizeof(shoal_turn);
  abi_.effects = &kEffects;
  abi_.state = this;
}

void Turn::begin(const TurnStart& start) {
  abi_.phase = start.phase;
  abi_.entity_id = to_bytes(start.entity_id);
  abi_.random = next_random(random_state_);
  abi_.record = start.record;
  abi_.shard = start.shard.value;
  abi_.expects_reply = start.expects_reply ? 1 : 0;
  mark_ = outbox_.mark();
  traceparent_ = start.traceparent;
  tag_ = start.tag;
  error_.clear();
  reply_.reset();
  stop_reason_ = 0;
  dead_lettered_ = false;
}

void Turn::roll_back() {
  outbox_.roll_back(mark_);
  reply_.reset();
  stop_reason_ = 0;
}

}  // namespace shoal::lanes
