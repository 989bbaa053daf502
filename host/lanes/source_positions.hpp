#pragma once
// SourcePositions: which records of its sources a durable shard's log holds already, so that a record that is
// read again is not run again.
//
// Pure. For each partition: all offsets below `low` have finished; those behind it that the log holds are
// named, and what follows `low` without a gap moves it on.
// The last record that the log holds is known by more than its offset, so that a topic which was made anew
// is not taken for the one that was read.
// Owned by one shard and used only on its lane.

#include <cstdint>
#include <deque>
#include <vector>

#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// What a record of a partition is known by.
struct RecordMark {
  Offset offset{-1};  // before any: there is none
  std::int64_t timestamp_ms = -1;
  std::uint32_t crc = 0;  // record_crc of it

  bool operator==(const RecordMark&) const = default;
};

// CRC32C of the key and, going on from it, of the value; one that is null counts as empty.
std::uint32_t record_crc(const shoal_record& record);

class SourcePositions {
 public:
  struct Position {
    std::uint32_t source;  // journal::type_number of the topic
    Partition partition;
    Offset low{0};             // every offset below it has finished
    std::deque<Offset> above;  // that the log holds, ascending; all behind `low`
    RecordMark last;           // of the highest offset that the log holds

    // Whether the log holds it.
    bool holds(Offset offset) const;
  };

  // The log holds the record; all below `low` have finished. `low` never moves back.
  void add(std::uint32_t source, Partition partition, const RecordMark& record, Offset low);
  // The log holds the records [first, end).
  void add_run(std::uint32_t source, Partition partition, Offset first, Offset end);
  // All below `low` have finished, `last` is the highest that the log holds.
  void finished_below(std::uint32_t source, Partition partition, Offset low, const RecordMark& last);

  // Null where nothing is known of the partition. Valid until the next partition is added.
  const Position* find(std::uint32_t source, Partition partition) const;
  const std::vector<Position>& all() const { return positions_; }
  void clear() { positions_.clear(); }

 private:
  Position& at(std::uint32_t source, Partition partition);

  // By source and partition: one partition of each topic, and those shards that tell this one something.
  std::vector<Position> positions_;
};

}  // namespace shoal::lanes
