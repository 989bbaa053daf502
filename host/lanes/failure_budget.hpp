#pragma once
// FailureBudget: what becomes of an entity whose turn failed, and which entities are parked.
//
// Pure: no clock and no chance; times are steady milliseconds. One a type and lane, used only there. Off the
// path of records that succeed: `is_parked` costs a comparison while nothing is parked.
//
//   failure ──► stop      the next message makes a new entity
//           ──► restart   made again after a pause: b - b·r/5 with b = min(backoff_max, backoff_min ·
//           2^(n-1)),
//                         n the failures of the run and r in [0, 1) random. A run ends when the entity has
//                         lived for `failure_window_ms` since its last failure or restart
//           ──► park      its messages are refused until somebody takes it out: `failures_max` failures
//                         within `failure_window_ms`, or a policy that parks at once
//
// Bounds: `entities_max` entities with failures, the one that has not failed for longest is forgotten and
// counted. `parked_max` parked ones: when there is no room for another it is stopped, or restarted after
// `backoff_max_ms`, and counted; no entity is ever taken out of the parked ones to make room, since its
// messages would come through unasked.

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace shoal::lanes {

enum class OnFailure : std::uint8_t { stop, restart, park };

struct FailurePolicy {
  OnFailure on_failure = OnFailure::stop;
  std::int64_t backoff_min_ms = 200;
  std::int64_t backoff_max_ms = 30'000;
  std::uint32_t failures_max = 0;  // 0: never parked for their number
  std::int64_t failure_window_ms = 60'000;
  std::uint32_t entities_max = 10'000;
  std::uint32_t parked_max = 10'000;
};

inline constexpr std::size_t parked_reason_bytes_max = 512;

class FailureBudget {
 public:
  struct Answer {
    OnFailure what;
    std::int64_t restart_ms;  // of `restart`: when
  };
  struct Parked {
    std::int64_t since_ms;
    std::uint32_t failures;  // within the window, the last one included
    std::string reason;      // of the last failure
  };

  // Requires: 0 < backoff_min_ms <= backoff_max_ms, failure_window_ms > 0, the bounds > 0,
  // failures_max <= 1,000.
  explicit FailureBudget(const FailurePolicy& policy);

  // The entity's turn has just failed. `random` spreads restarts of entities that failed together; a reason
  // over 512 bytes is cut at a character's end. Requires: the entity is not parked.
  Answer failed(std::string_view id, std::string_view reason, std::int64_t now_ms, std::uint64_t random);

  bool is_parked(std::string_view id) const { return !parked_.empty() && find_parked(id) != nullptr; }
  // Null where it is not parked. Valid until the budget changes.
  const Parked* find_parked(std::string_view id) const;

  // Takes the entity out of the parked ones and forgets its failures. False where it was not parked.
  bool reset(std::string_view id);

  // Calls `visit(id, parked)` for parked entities in the order of their ids, those greater than `after` only,
  // until it returns false. `visit` must not change the budget.
  void list_parked(std::string_view after,
                   const std::function<bool(std::string_view, const Parked&)>& visit) const;

  // Frees up to `entities_max` entities that have lived for a window without a failure. `failed` frees more
  // than it adds, so this is only for a type that has stopped failing.
  void expire(std::int64_t now_ms, std::uint32_t entities_max);

  std::uint64_t failing() const { return failing_.size(); }
  std::uint64_t parked() const { return parked_.size(); }
  std::uint64_t forgotten() const { return forgotten_; }          // for want of room in entities_max
  std::uint64_t parks_refused() const { return parks_refused_; }  // for want of room in parked_max

 private:
  struct Failing {
    std::string id;
    std::vector<std::int64_t> failed_ms;  // within the window, oldest first; at most failures_max
    std::uint32_t run = 0;                // failures without a window of success between them
    std::int64_t alive_from_ms = 0;       // since when it may be said to live: last failure or restart
  };
  using Order = std::list<Failing>;

  Failing& note(std::string_view id, std::int64_t now_ms);
  bool is_well(const Failing& failing, std::int64_t now_ms) const {
    return now_ms - failing.alive_from_ms >= policy_.failure_window_ms;
  }
  bool spent(const Failing& failing) const;
  std::int64_t backoff_ms(std::uint32_t run, std::uint64_t random) const;
  void forget(Order::iterator failing);

  FailurePolicy policy_;
  Order order_;                                                    // by last failure, oldest first
  std::unordered_map<std::string_view, Order::iterator> failing_;  // keys stand in the list
  std::map<std::string, Parked, std::less<>> parked_;
  std::uint64_t forgotten_ = 0;
  std::uint64_t parks_refused_ = 0;
};

}  // namespace shoal::lanes
