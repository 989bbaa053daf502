// The reminders of a shard: what its log says of them, and the turns they cause.

#include <algorithm>
#include <string_view>

#include "host/lanes/shard_receive.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::int64_t kLookAgainMs = 100;  // at an entity that could not run

}  // namespace

// The first change of the turn: what the behaviour says of the same name comes after it and counts.
void ShardJournal::reminder_fires(const Reminders::Due& due, std::int64_t now_ms) const {
  const auto content = read_content(due.content);
  const std::uint64_t interval_ms = content ? content->interval_ms : 0;
  const std::int64_t next =
      interval_ms == 0 ? journal::reminder_cancelled : next_due_ms(due.due_ms, interval_ms, now_ms);
  options_.turn->change_reminder(due.entity, {due.name, next, due.content});
}

// For the record that says it.
void ShardJournal::stage_reminders(std::string_view id) {
  const DurableTurn& turn = *options_.turn;
  for (std::size_t i = 0; i < turn.reminders(); ++i) {
    const ReminderChange change = turn.reminder(i);
    staged_reminders_.push_back(
        {std::string(id), std::string(change.name), change.due_ms, std::string(change.content)});
  }
}

// The turn stands in the log, or will: from now on its reminders are the shard's. What has fired is none any
// more, so that it does not fire again before this counts.
void ShardJournal::keep_reminders(std::string_view id) {
  for (std::size_t i = 0; i < options_.turn->reminders(); ++i)
    reminders_.apply(id, options_.turn->reminder(i));
}

void ShardJournal::replay(std::span<const journal::Reminder> reminders) {
  for (const journal::Reminder& reminder : reminders)
    reminders_.apply(reminder.entity, {reminder.name, reminder.due_ms, reminder.payload});
}

// The next ones of the checkpoint; true when all have been said. The turns since its begin have records of
// their own, behind it: so whatever becomes of one, before its part is said or after, is read as it is.
bool ShardJournal::say_reminders() {
  if (!reminders_.is_walking()) return true;
  const std::size_t room = std::min(checkpoint_part_bytes, options_.log->record_bytes_max() / 2);
  reminder_views_.clear();
  reminders_.walk(room, [this](std::string_view entity, const ReminderChange& reminder) {
    reminder_views_.push_back({entity, reminder.name, reminder.due_ms, reminder.content});
  });
  if (!reminder_views_.empty()) append(journal::CheckpointPart{{}, {}, reminder_views_});
  return !reminders_.is_walking();
}

TurnResult Shard::run_reminder(Turn& turn, const Reminders::Due& due, std::uint64_t tag) {
  Reminders& reminders = options_.journal->reminders();
  const std::int64_t now_ms = turn.abi()->now_ns / 1'000'000;
  const std::uint64_t hash = hash_of(due.entity);
  Entity* entity = entities_.find(due.entity, hash);
  if (entity != nullptr && has_to_wait(*entity)) {
    reminders.postpone(due, now_ms + kLookAgainMs);
    return {};
  }
  const TurnResult result = remind(turn, entity, due, hash, tag);
  if (result.reason == DeadLetterReason::none) return {};
  reminders.pause(due, now_ms);
  // It is no dead letter: it comes when somebody has taken the entity out.
  return result.reason == DeadLetterReason::parked ? TurnResult{} : result;
}

// `entity` may be null: then it is made.
TurnResult Shard::remind(Turn& turn, Entity* entity, const Reminders::Due& due, std::uint64_t hash,
                         std::uint64_t tag) {
  const WatchedTurn watch = watched(due.entity);
  begin(turn, {.phase = SHOAL_PHASE_REMINDER, .shard = options_.id, .entity_id = due.entity, .tag = tag});
  const bool is_new = entity == nullptr;
  if (is_new) {
    if (const auto reason = check_new(turn, due.entity); reason != DeadLetterReason::none) return {reason};
    if (is_in_store(nullptr, due.entity, hash)) {
      fetch(nullptr, due.entity, hash);
      options_.journal->reminders().postpone(due, turn.abi()->now_ns / 1'000'000 + kLookAgainMs);
      return {};
    }
    entity = &insert(due.entity, hash);
  }
  options_.journal->reminder_fires(due, turn.abi()->now_ns / 1'000'000);
  prepare(turn, *entity);
  if (is_new && !construct(turn, *entity)) return {DeadLetterReason::construct_failed};
  if (!enter_durable(turn, *entity, is_new)) return {DeadLetterReason::parked};
  turn.enter(SHOAL_PHASE_REMINDER);
  const TurnResult result = own_ended(turn, *entity, call_reminder(turn, *entity, due));
  if (result.reason == DeadLetterReason::none) options_.memory->reminder_ran();
  return result;
}

shoal_status Shard::call_reminder(Turn& turn, Entity& entity, const Reminders::Due& due) const {
  const modules::EntityType& type = *options_.type;
  const auto content = read_content(due.content);
  if (!content || type.abi->on_reminder == nullptr) {
    turn.set_error(content ? "the module takes no reminders any more"
                           : "what the reminder carries cannot be read");
    return SHOAL_STATUS_FAILED;
  }
  const shoal_continuation continuation{content->continuation_id, 0, to_bytes(content->payload)};
  return type.abi->on_reminder(type.state, entities_.slot(entity), turn.abi(), to_bytes(due.name),
                               &continuation);
}

}  // namespace shoal::lanes
