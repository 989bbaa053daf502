#pragma once
// LogRead: hands over the records of several shards, each along its chain of epochs. Shards whose records are
// in the same generation are read in one scan of it. One caller at a time.

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "journal/ids.hpp"
#include "journal/log_scan.hpp"

namespace shoal::journal {

// A stretch of one generation with records of one epoch of the shard.
struct ReadStretch {
  Generation generation;
  Epoch epoch;
  Position from;
  Position end;
};

struct ReadPlan {
  LogShard shard;
  std::deque<ReadStretch> stretches;  // oldest first
  Sequence first;                     // of the first record that is wanted
  Sequence next;                      // of the one after the last
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // The record's sum has been seen to; the bytes live until the call returns.
  virtual void record(LogShard shard, std::string_view bytes) = 0;
};

class LogRead {
 public:
  LogRead(Storage& storage, const JournalId& journal, std::vector<ReadPlan> plans);

  // Goes on by one commit; false: all is read. Error: something that is to be there is not, or is damaged.
  Result<bool> step(RecordSink& sink);

 private:
  struct Reading {
    ReadPlan plan;
    Sequence expected;  // zero before the first
  };

  Result<bool> begin_scan();
  Result<void> take(const ScannedCommit& commit, RecordSink& sink);
  void end_scan();

  Storage& storage_;
  JournalId journal_;
  std::vector<Reading> readings_;
  std::unordered_map<LogShard, Reading*> in_scan_;
  std::optional<LogScan> scan_;
  Position scan_end_;
};

}  // namespace shoal::journal
