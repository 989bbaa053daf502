#include "host/lanes/reminders.hpp"

#include <algorithm>
#include <utility>

#include "journal/record.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kReminderBytesBeside = 256;  // nodes of the maps, about

template <class Number>
void append_number(Number number, std::string& to) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) to.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

template <class Number>
Number read_number(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= static_cast<Number>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
  return number;
}

}  // namespace

void append_content(const ReminderContent& content, std::string& to) {
  append_number(content.interval_ms, to);
  append_number(content.continuation_id, to);
  to.append(content.payload);
}

std::optional<ReminderContent> read_content(std::string_view bytes) {
  if (bytes.size() < reminder_content_header_bytes) return std::nullopt;
  const ReminderContent content{read_number<std::uint64_t>(bytes),
                                read_number<std::uint32_t>(bytes.substr(sizeof(std::uint64_t))),
                                bytes.substr(reminder_content_header_bytes)};
  if (content.interval_ms > reminder_interval_ms_max) return std::nullopt;
  return content;
}

std::int64_t next_due_ms(std::int64_t due_ms, std::uint64_t interval_ms, std::int64_t now_ms) {
  const auto interval = static_cast<std::int64_t>(interval_ms);
  return due_ms + ((now_ms - due_ms) / interval + 1) * interval;
}

std::size_t reminder_bytes(std::string_view entity, std::string_view name, std::size_t content_bytes) {
  return entity.size() + name.size() + content_bytes + kReminderBytesBeside;
}

std::size_t Reminders::bytes_of(std::string_view entity, std::string_view name, const Reminder& reminder) {
  return reminder_bytes(entity, name, reminder.content.size());
}

const Reminders::Reminder* Reminders::find(std::string_view entity, std::string_view name) const {
  const auto own = entities_.find(entity);
  if (own == entities_.end()) return nullptr;
  const auto found = own->second.find(name);
  return found == own->second.end() ? nullptr : &found->second;
}

Reminders::Reminder* Reminders::find(std::string_view entity, std::string_view name) {
  return const_cast<Reminder*>(std::as_const(*this).find(entity, name));
}

std::size_t Reminders::count_of(std::string_view entity) const {
  const auto own = entities_.find(entity);
  return own == entities_.end() ? 0 : own->second.size();
}

void Reminders::apply(std::string_view entity, const ReminderChange& change) {
  cancel(entity, change.name);
  if (change.due_ms == journal::reminder_cancelled) return;
  const auto own = entities_.try_emplace(std::string(entity)).first;
  const auto made = own->second.try_emplace(std::string(change.name)).first;
  Reminder& reminder = made->second;
  reminder.due_ms = change.due_ms;
  reminder.content = change.content;
  reminder.at = order_.emplace(change.due_ms, Place{&own->first, &made->first});
  bytes_ += bytes_of(entity, change.name, reminder);
}

void Reminders::cancel(std::string_view entity, std::string_view name) {
  const auto own = entities_.find(entity);
  if (own == entities_.end()) return;
  const auto found = own->second.find(name);
  if (found == own->second.end()) return;
  bytes_ -= bytes_of(entity, name, found->second);
  order_.erase(found->second.at);
  own->second.erase(found);
  if (own->second.empty()) entities_.erase(own);
}

std::optional<Reminders::Due> Reminders::due(std::int64_t now_ms) const {
  if (order_.empty() || order_.begin()->first > now_ms) return std::nullopt;
  const Place& place = order_.begin()->second;
  const Reminder& reminder = entities_.find(*place.entity)->second.find(*place.name)->second;
  return Due{*place.entity, *place.name, reminder.due_ms, reminder.content};
}

void Reminders::pause(const Due& due, std::int64_t now_ms) {
  Reminder* reminder = find(due.entity, due.name);
  if (reminder == nullptr) return;
  constexpr std::uint32_t doublings_max = 16;
  const std::int64_t pause = reminder_pause_first_ms << std::min(reminder->failures++, doublings_max);
  move(*reminder, now_ms + std::min(pause, reminder_pause_max_ms));
}

void Reminders::postpone(const Due& due, std::int64_t until_ms) {
  if (Reminder* reminder = find(due.entity, due.name)) move(*reminder, until_ms);
}

void Reminders::move(Reminder& reminder, std::int64_t at_ms) {
  const Place place = reminder.at->second;
  order_.erase(reminder.at);
  reminder.at = order_.emplace(at_ms, place);
}

void Reminders::clear() {
  entities_.clear();
  order_.clear();
  bytes_ = 0;
  walked_to_.reset();
}

}  // namespace shoal::lanes
