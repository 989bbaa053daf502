#pragma once
// TurnWatchdog: names the lane that is inside of a turn which does not end; or the thread, of a type whose
// turns may block.
//
// It cannot end such a turn; what it can do is say who it is, while the other threads go on. A turn's time
// counts from the first look that saw it, so that it is told up to a second less than it is. `look` is
// [control], `state` any thread's; the time comes in as an argument.

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/lanes/turn_watch.hpp"
#include "host/management/host_api.hpp"
#include "shoal/base/ids.hpp"

namespace shoal::host {

class TurnWatchdog {
 public:
  using Clock = std::chrono::steady_clock;

  struct Names {
    std::string type;
    std::string module;
    std::string version;
  };
  struct State {
    double seconds = 0;                          // of the turn it is in, if a look has seen that before
    std::optional<management::StuckTurn> stuck;  // where that is longer than `warn_after`
  };
  struct Options {
    std::vector<const lanes::TurnWatch*> watches;  // of lanes or of a pool's threads; they outlive this
    std::chrono::milliseconds warn_after{0};       // 0: nobody looks
    std::function<Names(lanes::TypeIndex)> names_of;
    std::function<void(const std::string&)> warn;
    std::function<std::string(LaneIndex, const State&)> text;  // of a warning; none: text_of
  };

  explicit TurnWatchdog(Options options);

  // To be called again and again; looks once a second, or as often as `warn_after`. Warns of a turn when it
  // has taken too long, and each minute after.
  void look(Clock::time_point now, std::int64_t epoch_ms);

  // As it is now: a turn that has ended since the last look is not told of.
  State state(LaneIndex lane, Clock::time_point now) const;

 private:
  struct Seen {
    std::uint64_t turn = 0;  // 0: none
    Clock::time_point since{};
    std::int64_t since_ms = 0;
    Clock::time_point warn_due{};
  };

  void look_at(LaneIndex lane, Clock::time_point now, std::int64_t epoch_ms);

  Options options_;
  Clock::time_point look_due_{};
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;  // by lane
};

// For people: which turn it is, and what they can do.
std::string text_of(LaneIndex lane, const TurnWatchdog::State& state);
// Of one that may block.
std::string blocking_text_of(LaneIndex thread, const TurnWatchdog::State& state);

}  // namespace shoal::host
