#pragma once
// NodeMetrics: a few numbers that each member says of itself, for people and for who weighs members against
// each other. They ride on messages that are sent anyway, within the same byte budget; nothing in the
// membership depends on them.
//
// Freshest first: what is new goes on the next messages, `tellings` times; where news comes faster than the
// budget carries it, the older waits and is dropped, since its member will have said something newer by then.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::cluster {

struct NodeMetrics {
  Uid uid;
  std::uint32_t sequence = 0;        // counts up in an incarnation's life; the newest is what holds
  std::uint16_t cpu_permille = 0;    // of all processors it may use
  std::uint16_t lanes_permille = 0;  // of its lanes' time, in which they were busy
  std::uint32_t memory_mib = 0;      // resident
  std::uint32_t shards = 0;          // open here
  std::uint64_t lag = 0;             // records of its sources that are not done

  friend bool operator==(const NodeMetrics&, const NodeMetrics&) = default;
};

// What a node knows of all members' numbers. Bounds: one of each member, `fresh_max` that are still to be
// told.
class MetricsBoard {
 public:
  static constexpr std::size_t fresh_max = 64;
  static constexpr std::uint32_t tellings = 4;

  // True where it is newer than what was known.
  bool merge(const NodeMetrics& told);
  void forget(Uid uid);

  // Ascending uids.
  const std::vector<NodeMetrics>& all() const { return all_; }
  const NodeMetrics* find(Uid uid) const;

  // The freshest, at most so many; each counts as told once more.
  std::vector<NodeMetrics> tell(std::size_t count_max);

 private:
  struct Fresh {
    Uid uid;
    std::uint32_t told;
  };

  std::vector<NodeMetrics> all_;
  std::vector<Fresh> fresh_;  // the freshest last
};

}  // namespace shoal::cluster
