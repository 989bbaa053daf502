#pragma once
// TellWindows: the reliable tells that one durable shard has sent and that nobody has acknowledged yet, in a
// window for each shard that gets some.
//
// Pure: time comes in. Owned by one shard and used only on its lane. The tells of a pair of shards have dense
// numbers, so that the receiver knows which it has had; an acknowledgement says below which all count there.
// What is not acknowledged is sent again after a pause that doubles. Bounded: tell_window_max tells and
// tell_window_bytes_max bytes a window, tell_bytes_max a shard; what would pass that finds no room.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/lanes/source_positions.hpp"
#include "host/lanes/tell_queue.hpp"
#include "journal/record.hpp"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

inline constexpr std::size_t tell_window_max = 4096;
inline constexpr std::size_t tell_window_bytes_max = 1024 * 1024;
inline constexpr std::size_t tell_bytes_each_max = tell_window_bytes_max / 2;
inline constexpr std::size_t tell_bytes_max = 8 * 1024 * 1024;
// Of an emit that is a tell, in front of the type's name.
inline constexpr std::string_view tell_sink = "entity:";

struct TellTimes {
  std::int64_t resend_after_ns = 1'000'000'000;
  std::int64_t resend_after_max_ns = 30'000'000'000;
  std::int64_t hold_ns = 1'000'000'000;  // a window that is half full holds what fills it so long
};

// The shard that gets them.
struct TellTarget {
  std::uint32_t sink = 0;  // number_of_sink of its type
  ShardId shard{};
  friend constexpr auto operator<=>(const TellTarget&, const TellTarget&) = default;
};

// `entity:TYPE`, as logs number it.
std::uint32_t number_of_sink(std::string_view type);
// What a log has of a tell beside id and body.
inline constexpr std::size_t tell_headers_max = 4;
void add_headers(const StoredTell& tell, std::vector<journal::Header>& headers);

class TellWindows {
 public:
  struct Window {
    std::string sink;  // entity:TYPE
    ShardId shard{};
    std::uint32_t source = 0;     // the sender, as the receiver's log names it
    std::int64_t began_ms = 0;    // when it got the first number: another log numbers anew, and begins later
    std::uint64_t first = 0;      // number of the first that is not acknowledged
    TellQueue queue{};            // from `first` on
    std::int64_t due_ns = 0;      // when they are sent again
    std::int64_t pause_ns = 0;    // the next
    std::int64_t moved_ns = 0;    // when one was acknowledged, or it began to fill
    bool holds = false;           // it is half full, and something may make room soon
    bool is_said = false;         // that it cannot be sent
    bool is_to_be_noted = false;  // that more of it is acknowledged

    std::uint64_t next() const { return first + queue.size(); }
    std::string_view type() const { return std::string_view(sink).substr(tell_sink.size()); }
  };

  // Those of a shard of `type`, whose `positions` say how far the windows have come that had something before
  // the log was read. `holding` counts the windows of the lane that hold. Both outlive this.
  TellWindows(std::string type, const SourcePositions& positions, const TellTimes& times,
              std::size_t& holding)
      : type_(std::move(type)), positions_(positions), times_(times), lane_holding_(holding) {}

  // Whether so many tells of so many bytes more have room.
  bool has_room(const TellTarget& target, std::size_t tells, std::size_t bytes) const;
  // The next tell for a shard of the type, whose `place` is filled in here. Gives its window; its number is
  // the last one there. It has no record yet. Requires: it has room.
  Window& add(std::string_view type, ShardId shard, StoredTell tell, std::int64_t now_ms,
              std::int64_t now_ns);
  // Takes the last one of the window back. Requires: it has no record.
  void take_back(Window& window);

  // All below `number` count at the receiver. `again`: it wants what follows at once. False where the
  // receiver is about other tells than these.
  bool acknowledge(const TellTarget& target, std::uint32_t source, std::uint64_t number, bool again,
                   std::int64_t now_ns);
  // Up to where a window whose acknowledgements have not been noted is acknowledged, as a place in it; none
  // where all are noted. From then on it is.
  std::optional<journal::SourcePosition> take_note();

  // Calls `send(Window&, const StoredTell&, number)` for each of the tells that are due and whose records
  // count; where it says false the window's others wait.
  template <class Send>
  void resend(std::int64_t now_ns, std::uint64_t counted, Send&& send);

  // Somebody's windows are half full and may empty soon: nothing new should come that fills them.
  bool holds() const { return holding_ > 0; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }

  // Calls `visit(const Window&, std::size_t index)` for each tell that waits.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [target, window] : windows_) {
      for (std::size_t index = 0; index < window.queue.size(); ++index) visit(window, index);
    }
  }
  // How far each window has come, as places in it.
  void say(SourcePositions& positions) const;

  // --- while the log is read
  // An emit to `entity:TYPE`. False where it is none of this shard's tells.
  bool replay(const journal::EmitId& id, const journal::Emit& emit);
  // All has been read: what is acknowledged is forgotten, the rest is due.
  void recovered();
  void clear();

 private:
  struct Replayed {
    std::string id, message;
    std::optional<std::string> body;
    std::string traceparent, request_id, place;
    journal::EmitId emit_id;
  };
  struct ReplayedWindow {
    std::string sink;
    std::int64_t began_ms = 0;
    std::map<std::uint64_t, Replayed> tells;  // by number
  };

  Window& window_of(std::string_view type, ShardId shard, std::int64_t now_ms);
  std::uint32_t source_of(std::int64_t began_ms) const;
  bool is_half_full(const Window& window) const;
  void update_hold(Window& window, std::int64_t now_ns);
  void pop_acknowledged(Window& window, std::uint64_t below);

  std::string type_;
  const SourcePositions& positions_;
  TellTimes times_;
  std::map<TellTarget, Window> windows_;  // that had any tells since the log was read
  std::map<TellTarget, ReplayedWindow> replayed_;
  std::vector<Window*> to_note_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::size_t holding_ = 0;  // windows
  std::size_t& lane_holding_;
  std::string place_;  // reused
};

template <class Send>
void TellWindows::resend(std::int64_t now_ns, std::uint64_t counted, Send&& send) {
  for (auto& [target, window] : windows_) {
    update_hold(window, now_ns);
    if (window.queue.empty() || now_ns < window.due_ns) continue;
    const bool counts = window.queue.emit_id(0).sequence.value - 1 < counted;
    for (std::size_t index = 0; index < window.queue.size(); ++index) {
      // 0, of one that has no record yet, is beyond all.
      if (window.queue.emit_id(index).sequence.value - 1 >= counted) break;
      if (!send(window, window.queue.at(index), window.first + index)) break;
    }
    window.due_ns = now_ns + window.pause_ns;
    if (counts) window.pause_ns = std::min(2 * window.pause_ns, times_.resend_after_max_ns);
  }
}

}  // namespace shoal::lanes
