#pragma once
// DurableTurn: what a turn of a durable entity leaves for the log: the events it recorded, the reminders it
// set or took away, and the ids of what it emits.
//
// One for each lane's turn, lent to it by the shard whose turn it is. Its memory is reused turn after turn.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/reminders.hpp"
#include "host/lanes/tell_windows.hpp"
#include "host/modules/entity_type.hpp"
#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// Header of every record a durable entity emits: TYPE/SHARD/SEQUENCE/INDEX. After a crash a record may be
// sent again, with the same id.
inline constexpr std::string_view emit_id_header = "shoal-emit-id";

// Of one turn, in order.
class DurableTurn {
 public:
  struct Event {
    std::uint32_t index;  // in the type's table of events
    std::size_t at;
    std::size_t size;
  };

  // `reminders` are those of its shard; they outlive the turn.
  void begin(const modules::EntityType& type, const Reminders& reminders) {
    type_ = &type;
    reminders_ = &reminders;
    slot_ = nullptr;
    takes_events_ = false;
    has_failed_ = false;
    clear();
  }
  // There is an object in the slot: from now on events are taken, where the type has any. What its making
  // has set stays.
  void enter(void* slot, bool takes_events) {
    slot_ = slot;
    takes_events_ = takes_events;
  }
  // The source of the records whose turns follow, and what of it has finished.
  struct SourceMark {
    std::uint32_t source = 0;  // journal::type_number of the topic
    Offset finished_below{0};
  };
  void set_source(const SourceMark& mark) { source_ = mark; }
  const SourceMark& source() const { return source_; }

  // Of which record of which log its emits are, and how many that record has already.
  void number_emits(ShardId shard, std::uint64_t sequence, std::uint32_t emits) {
    shard_ = shard;
    sequence_ = sequence;
    next_emit_ = emits;
  }
  // Requires: begun. Valid until the next one.
  std::string_view next_emit_id();

  // Records an event and applies it. A status but OK leaves nothing recorded; where `apply` failed, the turn
  // has to fail, whatever the behaviour makes of it.
  shoal_status persist(shoal_turn& turn, std::uint32_t index, shoal_bytes event, std::size_t bytes_max);

  // Keeps a reminder for the entity. TOO_LARGE where the turn or the entity has too much or too many of them,
  // OVERLOADED where the shard has.
  shoal_status set_reminder(std::string_view entity, const shoal_reminder& reminder, std::size_t bytes_max);
  // Keeps that there is none of this name; TOO_LARGE where the turn has too much.
  shoal_status cancel_reminder(std::string_view entity, std::string_view name, std::size_t bytes_max);
  // The windows that the turn's tells go into; they outlive it.
  void send_tells_to(const TellWindows& windows) { windows_ = &windows; }
  // Counts a tell of so many bytes among the turn's. TOO_LARGE or OVERLOADED where its window has no room.
  shoal_status add_tell(const TellTarget& target, std::size_t bytes);

  // What is set already: the first change of a turn that a reminder causes.
  void change_reminder(std::string_view entity, const ReminderChange& change);

  bool has_failed() const { return has_failed_; }
  std::size_t reminders() const { return changes_.size(); }
  // Change number `index`. Valid until the next one.
  ReminderChange reminder(std::size_t index) const {
    const Change& change = changes_[index];
    return {view(change.at, change.name_size), change.due_ms,
            view(change.at + change.name_size, change.content_size)};
  }
  // What they take in a record, at most.
  std::size_t reminder_bytes() const { return reminder_bytes_; }
  std::size_t tells() const { return tells_; }
  // What they take in a record, at most.
  std::size_t tell_bytes() const { return tell_bytes_; }
  std::span<const Event> events() const { return events_; }
  std::string_view bytes_of(const Event& event) const { return view(event.at, event.size); }
  void clear() {
    events_.clear();
    changes_.clear();
    reminder_bytes_ = 0;
    reminders_more_ = bytes_more_ = 0;
    tells_ = tell_bytes_ = 0;
    bytes_.clear();
  }

 private:
  // Of a reminder: the name and, behind it, the content stand in `bytes_`.
  struct Change {
    std::size_t at;
    std::size_t name_size;
    std::size_t content_size;
    std::int64_t due_ms;
  };

  std::int64_t held_bytes(std::string_view entity, std::string_view name) const;
  std::string_view view(std::size_t at, std::size_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }

  const modules::EntityType* type_ = nullptr;
  const Reminders* reminders_ = nullptr;
  const TellWindows* windows_ = nullptr;
  void* slot_ = nullptr;
  bool takes_events_ = false;
  bool has_failed_ = false;
  SourceMark source_;
  std::uint32_t next_emit_ = 0;
  ShardId shard_;
  std::uint64_t sequence_ = 0;
  std::string id_;
  std::vector<Event> events_;
  std::vector<Change> changes_;
  std::size_t reminder_bytes_ = 0;
  // How many more than before the changes leave the entity and the shard with, or how many fewer.
  std::int64_t reminders_more_ = 0;
  std::int64_t bytes_more_ = 0;
  std::size_t tells_ = 0;
  std::size_t tell_bytes_ = 0;
  std::string content_;  // reused
  std::vector<std::uint8_t> bytes_;
};

}  // namespace shoal::lanes
