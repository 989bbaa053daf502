#include "host/lanes/durable_turn.hpp"

#include <algorithm>
#include <optional>

#include "journal/record.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

std::int64_t signed_of(std::size_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

std::string_view DurableTurn::next_emit_id() {
  id_.assign(type_->name);
  for (const std::uint64_t number : {std::uint64_t{shard_.value}, sequence_, std::uint64_t{next_emit_++}})
    id_.append("/").append(std::to_string(number));
  return id_;
}

shoal_status DurableTurn::persist(shoal_turn& turn, std::uint32_t index, shoal_bytes event,
                                  std::size_t bytes_max) {
  if (!takes_events_ || slot_ == nullptr) return SHOAL_STATUS_UNSUPPORTED;
  const shoal_entity_type& abi = *type_->abi;
  if (index >= abi.event_count) return SHOAL_STATUS_INVALID_ARGUMENT;
  if (event.size > bytes_max - std::min(bytes_max, bytes_.size())) return SHOAL_STATUS_TOO_LARGE;
  events_.push_back({index, bytes_.size(), event.size});
  bytes_.insert(bytes_.end(), event.data, event.data + event.size);
  const shoal_phase phase = turn.phase;
  turn.phase = SHOAL_PHASE_APPLY;
  const shoal_status status = abi.apply(type_->state, slot_, index, type_->events[index].version, event);
  turn.phase = phase;
  if (status == SHOAL_STATUS_OK) return status;
  has_failed_ = true;
  bytes_.resize(events_.back().at);
  events_.pop_back();
  return SHOAL_STATUS_FAILED;
}

shoal_status DurableTurn::set_reminder(std::string_view entity, const shoal_reminder& reminder,
                                       std::size_t bytes_max) {
  const std::string_view name = to_view(reminder.name);
  const std::size_t bytes =
      lanes::reminder_bytes(entity, name, reminder_content_header_bytes + reminder.continuation.payload.size);
  if (bytes > bytes_max - std::min(bytes_max, bytes_.size() + reminder_bytes_)) return SHOAL_STATUS_TOO_LARGE;
  // What it replaces, and what the turn has taken away, makes room.
  const std::int64_t replaced = held_bytes(entity, name);
  const std::int64_t count = signed_of(reminders_->count_of(entity)) + reminders_more_;
  if (replaced == 0 && count >= signed_of(reminders_max)) return SHOAL_STATUS_TOO_LARGE;
  const std::int64_t more = signed_of(bytes) - replaced;
  if (more > 0 && signed_of(reminders_->bytes()) + bytes_more_ + more > signed_of(reminder_bytes_max))
    return SHOAL_STATUS_OVERLOADED;
  content_.clear();
  append_content({reminder.interval_ms, reminder.continuation.id, to_view(reminder.continuation.payload)},
                 content_);
  change_reminder(entity, {name, reminder.due_ms, content_});
  return SHOAL_STATUS_OK;
}

shoal_status DurableTurn::cancel_reminder(std::string_view entity, std::string_view name,
                                          std::size_t bytes_max) {
  const std::size_t bytes = lanes::reminder_bytes(entity, name, 0);
  if (bytes > bytes_max - std::min(bytes_max, bytes_.size() + reminder_bytes_)) return SHOAL_STATUS_TOO_LARGE;
  change_reminder(entity, {name, journal::reminder_cancelled, {}});
  return SHOAL_STATUS_OK;
}

shoal_status DurableTurn::add_tell(const TellTarget& target, std::size_t bytes) {
  if (bytes > tell_bytes_each_max) return SHOAL_STATUS_TOO_LARGE;
  if (!windows_->has_room(target, tells_ + 1, tell_bytes_ + bytes)) return SHOAL_STATUS_OVERLOADED;
  ++tells_;
  tell_bytes_ += bytes;
  return SHOAL_STATUS_OK;
}

// Of the reminder of this name as the turn's changes leave it; 0 where there is none.
std::int64_t DurableTurn::held_bytes(std::string_view entity, std::string_view name) const {
  const auto last = std::find_if(changes_.rbegin(), changes_.rend(), [&](const Change& change) {
    return view(change.at, change.name_size) == name;
  });
  std::optional<std::size_t> content_size;
  if (last != changes_.rend()) {
    if (last->due_ms != journal::reminder_cancelled) content_size = last->content_size;
  } else if (const Reminders::Reminder* held = reminders_->find(entity, name)) {
    content_size = held->content.size();
  }
  return content_size ? signed_of(lanes::reminder_bytes(entity, name, *content_size)) : 0;
}

void DurableTurn::change_reminder(std::string_view entity, const ReminderChange& change) {
  const std::size_t bytes = lanes::reminder_bytes(entity, change.name, change.content.size());
  if (const std::int64_t before = held_bytes(entity, change.name); before > 0) {
    --reminders_more_;
    bytes_more_ -= before;
  }
  if (change.due_ms != journal::reminder_cancelled) {
    ++reminders_more_;
    bytes_more_ += signed_of(bytes);
  }
  changes_.push_back({bytes_.size(), change.name.size(), change.content.size(), change.due_ms});
  bytes_.insert(bytes_.end(), change.name.begin(), change.name.end());
  bytes_.insert(bytes_.end(), change.content.begin(), change.content.end());
  reminder_bytes_ += bytes;
}

}  // namespace shoal::lanes
