#pragma once
// ClusterHistory: what the membership thread has published last, and the last events. One writer, any thread
// reads; one mutex, held for a copy.
//
// Bound: `events_max` events; who reads more slowly is told how many it missed.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "host/management/cluster_api.hpp"

namespace shoal::node {

class ClusterHistory {
 public:
  static constexpr std::size_t events_max = 1'000;

  explicit ClusterHistory(management::ClusterView view);

  // Both become visible together. The events get their numbers and, where it has changed, one of the leader
  // is put behind them. [membership]
  void publish(management::ClusterView view, std::vector<management::ClusterEvent> events,
               std::int64_t unix_ms);

  std::shared_ptr<const management::ClusterView> view() const;
  // The first `limit` after a number; without one the last `limit`.
  management::ClusterEventPage events(std::optional<std::uint64_t> after, std::size_t limit) const;
  // Those that lead to the view, all with the number of the last one that is in it.
  management::ClusterEventPage initial_events() const;
  // Of one incarnation or address, ascending.
  std::vector<management::ClusterEvent> events_of(const std::string& address, std::uint64_t uid) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const management::ClusterView> view_;
  std::deque<management::ClusterEvent> events_;
  std::uint64_t last_ = 0;
  std::int64_t published_ms_ = 0;
};

}  // namespace shoal::node
