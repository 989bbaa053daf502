#pragma once
// How time passes in the Kit: what falls due, in order, and the answers to asks. Included by kit.hpp.

#include <cstdint>

#include "shoal/testkit/kit.hpp"

namespace shoal::testkit {

inline std::optional<Kit::Due> Kit::next_due() const {
  std::optional<Due> first;
  const auto consider = [&](Due due) {
    if (!first || due.at_ms < first->at_ms) first = std::move(due);
  };
  for (const auto& [id, entity] : entities_) {
    for (const auto& [name, alarm] : entity->timers) consider({alarm.due_ms, DueKind::timer, id, name});
    if (entity->receive_timeout_ms == 0) continue;
    const auto timeout_ms = static_cast<std::int64_t>(entity->receive_timeout_ms);
    consider({entity->last_message_ms + timeout_ms, DueKind::receive_timeout, id, {}});
  }
  for (const auto& [place, alarm] : reminders_) {
    consider({alarm.due_ms, DueKind::reminder, place.first, place.second});
  }
  for (const auto& [number, asking] : asking_) {
    consider({asking.second, DueKind::deadline, asking.first.asker, {}, number});
  }
  return first;
}

inline std::vector<Turn> Kit::advance(Milliseconds duration) {
  constexpr std::size_t turns_max = 10'000;
  require(duration >= Milliseconds::zero(), "time does not go back");
  const std::int64_t until_ns = now_ns_ + duration.count() * 1'000'000;
  std::vector<Turn> turns;
  for (auto due = next_due(); due && due->at_ms <= until_ns / 1'000'000; due = next_due()) {
    require(turns.size() < turns_max, "timers of entity '" + due->entity_id + "' fire without an end");
    now_ns_ = std::max(now_ns_, due->at_ms * 1'000'000);
    turns.push_back(fire(*due));
  }
  now_ns_ = until_ns;
  return turns;
}

// The alarm of a due timer or reminder, taken off its table or moved on to its next time.
template <class Alarms, class Key>
Alarm take_alarm(Alarms& alarms, const Key& key) {
  const auto found = alarms.find(key);
  const Alarm alarm = found->second;
  if (alarm.interval_ms == 0) {
    alarms.erase(found);
  } else {
    found->second.due_ms += alarm.interval_ms;
  }
  return alarm;
}

inline Turn Kit::fire(const Due& due) {
  const std::string& id = due.entity_id;
  if (due.kind == DueKind::deadline) {
    const Ask ask = asking_.at(due.ask_number).first;
    return resume(ask, {Status::deadline, SHOAL_CODEC_BYTES, "the deadline passed"});
  }
  shoal_phase phase = SHOAL_PHASE_RECEIVE_TIMEOUT;
  Alarm alarm;
  if (due.kind == DueKind::timer) {
    phase = SHOAL_PHASE_TIMER;
    alarm = take_alarm(entities_.at(id)->timers, due.name);
  } else if (due.kind == DueKind::reminder) {
    phase = SHOAL_PHASE_REMINDER;
    alarm = take_alarm(reminders_, std::pair(id, due.name));
    if (auto failed = activate(id, nullptr)) return *failed;
  } else {
    entities_.at(id)->last_message_ms = now_ms();  // it fires again after as long a silence
  }
  const Call call = [&](void* slot, TurnRecorder& recorder) {
    const shoal_continuation continuation{alarm.continuation.id, 0,
                                          recorder.lend(alarm.continuation.payload)};
    const shoal_bytes name = recorder.lend(due.name);
    if (phase == SHOAL_PHASE_TIMER)
      return type_->on_timer(type_instance_, slot, recorder.abi(), name, &continuation);
    if (phase == SHOAL_PHASE_REMINDER) {
      return type_->on_reminder(type_instance_, slot, recorder.abi(), name, &continuation);
    }
    return type_->on_receive_timeout(type_instance_, slot, recorder.abi());
  };
  Turn turn = run(*entities_.at(id), start_of(phase, id), call, nullptr);
  after(turn);
  return turn;
}

inline Turn Kit::resume(const Ask& ask, const ReplyData& reply) {
  require(
      asking_.erase(ask.number) == 1,
      "ask '" + ask.message + "' waits no longer: it was answered, ran out of time, or its entity is gone");
  Incarnation& entity = in_memory(ask.asker);
  entity.last_message_ms = now_ms();
  const Call call = [&](void* slot, TurnRecorder& recorder) {
    const shoal_reply abi{sizeof(shoal_reply), static_cast<shoal_status>(reply.status), reply.codec, 0,
                          recorder.lend(reply.body)};
    const shoal_continuation continuation{ask.continuation.id, 0, recorder.lend(ask.continuation.payload)};
    return type_->on_reply(type_instance_, slot, recorder.abi(), &abi, &continuation);
  };
  Turn turn = run(entity, start_of(SHOAL_PHASE_REPLY, ask.asker), call, nullptr);
  after(turn);
  return turn;
}

inline Turn Kit::answer(const Ask& ask, std::string_view body, const Codec& codec) {
  return resume(ask, {Status::ok, codec.id, std::string(body)});
}

inline Turn Kit::refuse(const Ask& ask, Status status, std::string_view reason) {
  require(status != Status::ok, "refuse: the status must say why there is no answer");
  return resume(ask, {status, SHOAL_CODEC_BYTES, std::string(reason)});
}

}  // namespace shoal::testkit
