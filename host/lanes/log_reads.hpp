#pragma once
// LogReads: what a lane has asked the logs of its open shards to read again: for entities whose turns failed,
// or for somebody who wants to see what the log says of an entity. [lane]
//
// A log does the reads of a shard one after the other, so that what comes is of the first that has not ended.
// Bounds: `histories_max` for somebody on a lane; a shard has one of its own under way at most.

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

#include "journal/entity_records.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

class LogReads {
 public:
  static constexpr std::size_t histories_max = 4;
  using Done = std::function<void(Result<journal::EntityRecords::Found>)>;

  bool has_room() const { return histories_ < histories_max; }

  // In the order in which the log is asked.
  void begin_reload(const journal::LogShard& shard);
  // Requires: there is room.
  void begin_history(const journal::LogShard& shard, journal::EntityRecords::Wanted wanted, Done done);

  // Who takes what comes of the shard now; null: the shard itself.
  journal::EntityRecords* history_of(const journal::LogShard& shard);
  // All of the shard's first read has come. False: it was the shard's own.
  bool end(const journal::LogShard& shard);
  // Nothing more comes of the shard: who waits is told why.
  void drop(const journal::LogShard& shard);

 private:
  struct History {
    journal::EntityRecords records;
    Done done;
  };
  using Reads = std::deque<std::optional<History>>;  // none: the shard's own

  std::size_t histories_ = 0;
  std::unordered_map<journal::LogShard, Reads> of_shards_;
};

}  // namespace shoal::lanes
