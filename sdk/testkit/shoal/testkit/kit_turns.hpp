#pragma once
// How the Kit runs turns: the walk of a message through its entity. Included by kit.hpp.

#include <algorithm>
#include <cstdint>

#include "shoal/testkit/kit.hpp"

namespace shoal::testkit {

inline Kit::Kit(std::string_view type, KitOptions options)
    : module_config_(std::move(options.module_config)),
      type_config_(std::move(options.config)),
      sinks_(std::move(options.sinks)),
      module_(options.module != nullptr ? options.module : shoal_module_entry(), host_, module_config_),
      type_(&module_.type(type)),
      type_instance_(module_.instance()),
      now_ns_(options.now.time_since_epoch().count() * 1'000'000),
      random_state_(options.seed) {
  if (type_->configure != nullptr) {
    StringWriter error(4096);
    const shoal_status status =
        type_->configure(module_.instance(), &type_config_.abi(), error.abi(), &type_instance_);
    require(status == SHOAL_STATUS_OK,
            "configure of type '" + std::string(type) + "' failed: " + error.text());
  }
  host_.end_setup();
}

inline Kit::~Kit() {
  for (const auto& [id, entity] : entities_) type_->destroy(type_instance_, entity->slot.memory());
  if (type_->configure != nullptr && type_->release != nullptr) type_->release(type_instance_);
}

inline std::uint32_t Kit::message_index(std::string_view message) const {
  std::string names;
  for (std::uint32_t i = 0; i < type_->message_count; ++i) {
    if (type_->messages[i].name == message) return i;
    names += std::string(i == 0 ? "" : ", ") + type_->messages[i].name;
  }
  throw Misuse("type '" + std::string(type_->name) + "' has no message '" + std::string(message) +
               "'; it has: " + names);
}

inline std::uint64_t Kit::next_random() {
  Random random(random_state_);
  random_state_ += 0x9e3779b97f4a7c15U;
  return random();
}

inline TurnStart Kit::start_of(shoal_phase phase, const std::string& id) {
  return {phase, id, now_ns_, next_random(), std::nullopt, std::nullopt};
}

inline TurnSurroundings Kit::surroundings(Incarnation* entity) {
  TurnSurroundings around;
  around.type = type_;
  around.has_sink = [this](std::string_view sink) {
    return !sinks_ || std::find(sinks_->begin(), sinks_->end(), sink) != sinks_->end();
  };
  around.is_open_ask = [this](std::uint64_t number) {
    const auto found = asked_.find(number);
    return found != asked_.end() && !found->second;
  };
  around.misused = [this](const std::string& rule) {
    if (misuse_.empty()) misuse_ = rule;
  };
  around.next_ask_number = [this] { return ++last_ask_number_; };
  around.apply = [this, entity](std::uint32_t event_index, std::string_view event) {
    return type_->apply(type_instance_, entity->slot.memory(), event_index,
                        type_->events[event_index].version, detail::to_abi(event));
  };
  return around;
}

// The ABI's record of a delivery. Lives as long as the turn it is lent to.
struct RecordView {
  RecordView(const Delivery& delivery, TurnRecorder& recorder) : delivery_(&delivery) {
    abi = {sizeof(shoal_record),
           delivery.partition,
           recorder.lend(delivery.topic),
           delivery.offset,
           delivery.timestamp_ms,
           recorder.lend(delivery.key),
           recorder.lend(delivery.body),
           this,
           &header,
           recorder.lend(delivery.group)};
  }
  RecordView(const RecordView&) = delete;
  RecordView& operator=(const RecordView&) = delete;

  static shoal_status header(const shoal_record* record, std::uint32_t index, shoal_header* header) {
    const Delivery& delivery = *static_cast<const RecordView*>(record->state)->delivery_;
    if (index >= delivery.headers.size()) return SHOAL_STATUS_NOT_FOUND;
    const HeaderData& data = delivery.headers[index];
    *header = {detail::to_abi(data.name), detail::to_nullable_abi(data.value)};
    return SHOAL_STATUS_OK;
  }

  shoal_record abi{};

 private:
  const Delivery* delivery_;
};

inline Turn Kit::run(Incarnation& entity, TurnStart start, const Call& call, const Delivery* delivery) {
  surroundings_.push_back(surroundings(&entity));
  if (delivery != nullptr) {
    start.ask_number = delivery->ask_number;
    start.traceparent = delivery->traceparent;
  }
  recorders_.push_back(std::make_unique<TurnRecorder>(std::move(start), surroundings_.back()));
  TurnRecorder& recorder = *recorders_.back();
  std::optional<RecordView> record;
  if (delivery != nullptr && delivery->from_record) {
    record.emplace(*delivery, recorder);
    recorder.set_record(&record->abi);
  }
  recorder.end(call(entity.slot.memory(), recorder));
  return finish(recorder, entity, delivery);
}

inline Turn Kit::finish(TurnRecorder& recorder, Incarnation& entity, const Delivery* delivery) {
  require(misuse_.empty(), misuse_);
  Turn& turn = recorder.turn;
  if (turn.ok()) {
    commit(recorder, entity, delivery);
    return turn;
  }
  Turn failed;
  failed.phase = turn.phase;
  failed.entity_id = turn.entity_id;
  failed.status = turn.status;
  failed.error = turn.error;
  failed.ask_number = turn.ask_number;
  if (turn.ask_number && turn.phase != SHOAL_PHASE_CONSTRUCT) {
    failed.reply = ReplyData{turn.status, SHOAL_CODEC_BYTES, turn.error};
    asked_[*turn.ask_number] = failed.reply;
  }
  return failed;
}

inline void Kit::commit(TurnRecorder& recorder, Incarnation& entity, const Delivery* delivery) {
  Turn& turn = recorder.turn;
  Wishes& wishes = recorder.wishes;
  for (auto& [name, alarm] : wishes.timers) {
    entity.timers.erase(name);
    if (alarm) entity.timers.emplace(name, std::move(*alarm));
  }
  for (auto& [name, alarm] : wishes.reminders) {
    reminders_.erase({turn.entity_id, name});
    if (alarm) reminders_.emplace(std::pair(turn.entity_id, name), std::move(*alarm));
  }
  if (wishes.receive_timeout_ms) {
    entity.receive_timeout_ms = *wishes.receive_timeout_ms;
    entity.last_message_ms = now_ms();
  }
  for (const Ask& ask : turn.asks) {
    asking_.emplace(ask.number, std::pair(ask, now_ms() + ask.timeout.count()));
  }
  for (const Event& event : turn.events) events_[turn.entity_id].push_back(event);
  turn.unstashed = wishes.unstash;
  if (wishes.stash && delivery != nullptr) {
    entity.stash.push_back(*delivery);
    turn.stashed = true;
  }
  if (wishes.dead_letter) {
    turn.status = Status::dead_letter;
    turn.error = *wishes.dead_letter;
  }
  commit_replies(recorder);
}

inline void Kit::commit_replies(TurnRecorder& recorder) {
  Turn& turn = recorder.turn;
  for (PendingReply& pending : recorder.wishes.replies) {
    asked_[pending.ask_number] = pending.reply;
    if (pending.ask_number == turn.ask_number) {
      turn.reply = std::move(pending.reply);
    } else {
      turn.late_replies.push_back({pending.ask_number, std::move(pending.reply)});
    }
  }
}

// Makes an entity. The turn, where that failed.
inline std::optional<Turn> Kit::construct(const std::string& id, const Delivery* delivery) {
  auto entity = std::make_unique<Incarnation>(*type_);
  entity->last_message_ms = now_ms();
  const Turn turn = run(
      *entity, start_of(SHOAL_PHASE_CONSTRUCT, id),
      [this](void* slot, TurnRecorder& recorder) {
        return type_->construct(type_instance_, slot, recorder.abi());
      },
      delivery);
  if (!turn.ok()) return turn;
  entities_.emplace(id, std::move(entity));
  return std::nullopt;
}

// Brings an entity back that is not in memory: made anew, then its events. The turn, where that failed.
inline std::optional<Turn> Kit::activate(const std::string& id, const Delivery* delivery) {
  if (entities_.contains(id)) return std::nullopt;
  if (auto failed = construct(id, delivery)) return failed;
  recover(id, *entities_.at(id));
  return std::nullopt;
}

inline void Kit::recover(const std::string& id, Incarnation& entity) {
  const auto found = events_.find(id);
  if (found == events_.end()) return;
  for (const Event& event : found->second) {
    std::uint32_t index = 0;
    while (index < type_->event_count && type_->events[index].name != event.name) ++index;
    require(index < type_->event_count,
            "an event '" + event.name + "' is recorded that the type does not have");
    if (event.version > type_->events[index].version) {
      discard(id);
      throw Misuse("an event '" + event.name + "' of version " + std::to_string(event.version) +
                   " is recorded: the type has version " + std::to_string(type_->events[index].version));
    }
    const shoal_status status =
        type_->apply(type_instance_, entity.slot.memory(), index, event.version, detail::to_abi(event.bytes));
    if (status == SHOAL_STATUS_OK) continue;
    discard(id);
    throw Misuse("event '" + event.name + "' of entity '" + id + "' could not be applied: " + last_line());
  }
}

inline void Kit::discard(const std::string& id) {
  const auto found = entities_.find(id);
  if (found == entities_.end()) return;
  type_->destroy(type_instance_, found->second->slot.memory());
  entities_.erase(found);
  std::erase_if(asking_, [&](const auto& asking) { return asking.second.first.asker == id; });
}

inline Turn Kit::deliver(const std::string& id, Delivery delivery) {
  if (auto failed = activate(id, &delivery)) {
    if (delivery.ask_number) {
      failed->reply = ReplyData{failed->status, SHOAL_CODEC_BYTES, failed->error};
      asked_[*delivery.ask_number] = failed->reply;
    }
    return *failed;
  }
  Incarnation& entity = *entities_.at(id);
  entity.last_message_ms = now_ms();
  const Call call = [&](void* slot, TurnRecorder& recorder) {
    const shoal_bytes body =
        delivery.from_record ? recorder.abi()->record->value : recorder.lend(delivery.body);
    return type_->receive(type_instance_, slot, recorder.abi(), delivery.message_index, body);
  };
  Turn turn = run(entity, start_of(SHOAL_PHASE_RECEIVE, id), call, &delivery);
  after(turn);
  return turn;
}

// What follows a turn at once: a failed entity goes, a stopping one has its last turn, unstashed messages
// run.
inline void Kit::after(Turn& turn) {
  const std::string id = turn.entity_id;
  if (!turn.ok() && turn.status != Status::dead_letter) {
    if (turn.status != Status::undecodable) discard(id);
    return;
  }
  if (turn.stopped) {
    turn.caused.push_back(last_turn(id, *turn.stopped));
    return;
  }
  if (!turn.unstashed) return;
  std::deque<Delivery> stashed = std::exchange(entities_.at(id)->stash, {});
  for (Delivery& delivery : stashed) turn.caused.push_back(deliver(id, std::move(delivery)));
}

inline Turn Kit::last_turn(const std::string& id, StopReason reason) {
  Turn turn;
  turn.phase = SHOAL_PHASE_STOP;
  turn.entity_id = id;
  if (type_->on_stop != nullptr) {
    turn = run(
        *entities_.at(id), start_of(SHOAL_PHASE_STOP, id),
        [&](void* slot, TurnRecorder& recorder) {
          return type_->on_stop(type_instance_, slot, recorder.abi(), static_cast<shoal_stop_reason>(reason));
        },
        nullptr);
  }
  discard(id);
  if (reason == StopReason::stopped) events_.erase(id);
  turn.stopped = reason;
  return turn;
}

inline Turn Kit::tell(std::string_view id, std::string_view message, Body body) {
  require(!id.empty() && id.size() <= SHOAL_ENTITY_ID_BYTES_MAX, "an entity id is 1..1024 bytes");
  Delivery delivery;
  delivery.message_index = message_index(message);
  delivery.body = body;
  return deliver(std::string(id), std::move(delivery));
}

inline Turn Kit::ask(std::string_view id, std::string_view message, Body body) {
  require(!id.empty() && id.size() <= SHOAL_ENTITY_ID_BYTES_MAX, "an entity id is 1..1024 bytes");
  Delivery delivery;
  delivery.message_index = message_index(message);
  delivery.body = body;
  delivery.ask_number = ++last_ask_number_;
  asked_[last_ask_number_] = std::nullopt;
  return deliver(std::string(id), std::move(delivery));
}

// Why a record reaches no entity, if it does not: the module's `admit`, then the rules of the host.
inline std::optional<Turn> Kit::refusal_of(const RecordInput& input, const Delivery& delivery) {
  Turn refused;
  refused.entity_id = input.key.value_or("");
  refused.status = Status::dead_letter;
  if (type_->admit != nullptr) {
    TurnSurroundings none;
    TurnRecorder lender({}, none);
    const RecordView record(delivery, lender);
    StringWriter reason(1024);
    const shoal_status status = type_->admit(type_instance_, &record.abi, reason.abi());
    refused.error = reason.text();
    if (status == SHOAL_STATUS_DEAD_LETTER) return refused;
    refused.status = Status{status};
    if (status != SHOAL_STATUS_OK) return refused;
    refused.status = Status::dead_letter;
  }
  const std::size_t id_bytes = input.key.value_or("").size();
  const bool accepts_null =
      (type_->messages[delivery.message_index].flags & SHOAL_MESSAGE_TYPE_ACCEPTS_NULL) != 0;
  if (id_bytes == 0) {
    refused.error = "the record has no key";
  } else if (id_bytes > SHOAL_ENTITY_ID_BYTES_MAX) {
    refused.error = "the record's key is over 1024 bytes";
  } else if (!input.value && !accepts_null) {
    refused.error = "the record has no value";
  } else {
    return std::nullopt;
  }
  return refused;
}

inline Turn Kit::record(std::string_view message, RecordInput input) {
  Delivery delivery;
  delivery.message_index = message_index(message);
  delivery.from_record = true;
  delivery.body = input.value;
  delivery.key = input.key;
  delivery.topic = input.topic;
  delivery.group = input.group;
  delivery.partition = input.partition;
  delivery.offset = input.offset.value_or(next_offset_);
  next_offset_ = delivery.offset + 1;
  delivery.timestamp_ms = input.timestamp.value_or(now()).time_since_epoch().count();
  delivery.headers = input.headers;
  if (auto refused = refusal_of(input, delivery)) return *refused;
  return deliver(*input.key, std::move(delivery));
}

inline std::optional<ReplyData> Kit::reply_to(const Turn& ask) const {
  require(ask.ask_number.has_value(), "reply_to: the turn is not of an ask");
  return asked_.at(*ask.ask_number);
}

}  // namespace shoal::testkit
