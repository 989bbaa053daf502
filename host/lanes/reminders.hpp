#pragma once
// Reminders: what the entities of one shard want to be told at a time of the wall clock, whether they are
// active or not, in the order of these times. Pure: the log says what is in it, and the shard what is due.
//
// Owned by the shard's ShardJournal and used only on its lane. What the log holds is always taken;
// the bounds below are for who sets one more (DurableTurn).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::lanes {

inline constexpr std::size_t reminders_max = 1024;                  // of one entity
inline constexpr std::size_t reminder_bytes_max = 8 * 1024 * 1024;  // of one shard
inline constexpr std::uint64_t reminder_interval_ms_max = std::uint64_t{1} << 40;
inline constexpr std::int64_t reminder_pause_first_ms = 1'000;  // after a turn that failed
inline constexpr std::int64_t reminder_pause_max_ms = 60'000;   // it doubles up to this

// One change, in a turn or in the log. Views.
struct ReminderChange {
  std::string_view name;
  std::int64_t due_ms = 0;  // since 1970; journal::reminder_cancelled: there is none of this name
  std::string_view content;
};

// What a reminder carries beside its time, as it stands in the log: interval, continuation and payload.
struct ReminderContent {
  std::uint64_t interval_ms = 0;  // 0: once
  std::uint32_t continuation_id = 0;
  std::string_view payload;
};
inline constexpr std::size_t reminder_content_header_bytes = 12;

// Appends the interval (8 bytes) and the continuation's number (4 bytes), little endian, and the payload.
void append_content(const ReminderContent& content, std::string& to);
// A view into `bytes`; none where they are too few, or the interval is out of its range.
std::optional<ReminderContent> read_content(std::string_view bytes);

// When a repeated reminder that was due at `due_ms` is due again: its next time after now. Those that have
// passed meanwhile have no turn of their own. Requires: due_ms <= now_ms.
std::int64_t next_due_ms(std::int64_t due_ms, std::uint64_t interval_ms, std::int64_t now_ms);

class Reminders {
  // Keys of the maps below, whose nodes stay where they are.
  struct Place {
    const std::string* entity;
    const std::string* name;
  };
  using Order = std::multimap<std::int64_t, Place>;  // by when it is looked at next

 public:
  struct Reminder {
    std::int64_t due_ms = 0;
    std::string content;
    std::uint32_t failures = 0;
    Order::iterator at;
  };
  // A copy: the turn that it causes may change it.
  struct Due {
    std::string entity;
    std::string name;
    std::int64_t due_ms = 0;
    std::string content;
  };

  // Sets, replaces or takes away.
  void apply(std::string_view entity, const ReminderChange& change);
  // The earliest of those whose time has come; none where there is none. It stays.
  std::optional<Due> due(std::int64_t now_ms) const;
  // A turn of it failed: it is not due before a pause, which doubles each time. No more is said of one that
  // is not there.
  void pause(const Due& due, std::int64_t now_ms);
  // Its entity could not run: it is not due before `until_ms`.
  void postpone(const Due& due, std::int64_t until_ms);

  // Null where there is none. Lives until the next change.
  const Reminder* find(std::string_view entity, std::string_view name) const;
  std::size_t count_of(std::string_view entity) const;
  std::size_t size() const { return order_.size(); }
  // Names, contents and ids, and what each costs beside them.
  std::size_t bytes() const { return bytes_; }
  void clear();

  // Visits all of them in steps, by entity and name; changes may come between the steps. What is there at the
  // begin and stays as it is is visited once. What is set, replaced or taken away meanwhile may be visited,
  // as it is then, or not.
  void begin_walk() { walked_to_.emplace(); }
  bool is_walking() const { return walked_to_.has_value(); }
  // The next ones, of about so many bytes and one at least: `visit(entity, change)`. Ends the walk with the
  // last one. Requires: is_walking().
  template <class Visit>
  void walk(std::size_t bytes, Visit&& visit) {
    std::size_t visited = 0;
    Place last{};
    for (auto own = entities_.lower_bound(walked_to_->first); own != entities_.end(); ++own) {
      const bool is_begun = own->first == walked_to_->first;
      auto next = is_begun ? own->second.upper_bound(walked_to_->second) : own->second.begin();
      for (; next != own->second.end(); ++next) {
        const std::size_t more = bytes_of(own->first, next->first, next->second);
        if (visited > 0 && visited + more > bytes) {
          walked_to_.emplace(*last.entity, *last.name);
          return;
        }
        visited += more;
        visit(std::string_view(own->first),
              ReminderChange{next->first, next->second.due_ms, next->second.content});
        last = {&own->first, &next->first};
      }
    }
    walked_to_.reset();
  }

 private:
  using OfEntity = std::map<std::string, Reminder, std::less<>>;

  static std::size_t bytes_of(std::string_view entity, std::string_view name, const Reminder& reminder);
  Reminder* find(std::string_view entity, std::string_view name);
  void move(Reminder& reminder, std::int64_t at_ms);
  void cancel(std::string_view entity, std::string_view name);

  std::map<std::string, OfEntity, std::less<>> entities_;
  Order order_;
  std::size_t bytes_ = 0;
  std::optional<std::pair<std::string, std::string>> walked_to_;  // entity and name; of none at the begin
};

// Of one that is to be set, with what it costs beside its bytes.
std::size_t reminder_bytes(std::string_view entity, std::string_view name, std::size_t content_bytes);

}  // namespace shoal::lanes
