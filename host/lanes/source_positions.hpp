#pragma once
// SourcePositions: which records of its sources a durable shard's log holds already, so that a record that is
// read again is not run again.
//
// Pure. For each partition: all offsets below `low` have finished; those above that the log holds are named.
// Owned by one shard and used only on its lane.

#include <cstdint>
#include <deque>
#include <vector>

#include "shoal/base/ids.hpp"

namespace shoal::lanes {

class SourcePositions {
 public:
  struct Position {
    std::uint32_t source;  // journal::type_number of the topic
    Partition partition;
    Offset low{0};             // every offset below it has finished
    std::deque<Offset> above;  // that the log holds, ascending; none below `low`
    std::int64_t last_timestamp_ms = -1;

    // Whether the log holds it.
    bool holds(Offset offset) const;
  };

  // The log holds the record; all below `low` have finished. `low` never moves back.
  void add(std::uint32_t source, Partition partition, Offset offset, Offset low, std::int64_t timestamp_ms);
  // All below `low` have finished.
  void finished_below(std::uint32_t source, Partition partition, Offset low);

  // Null where nothing is known of the partition. Valid until the next partition is added.
  const Position* find(std::uint32_t source, Partition partition) const;
  const std::vector<Position>& all() const { return positions_; }
  void clear() { positions_.clear(); }

 private:
  Position& at(std::uint32_t source, Partition partition);

  std::vector<Position> positions_;  // a shard has few: one partition of each topic of its sources
};

}  // namespace shoal::lanes
