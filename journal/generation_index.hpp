#pragma once
// GenerationIndex: what one generation holds of each ownership of each shard, as found by one scan that later
// scans go on from. One caller at a time.

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "journal/ids.hpp"
#include "journal/log_scan.hpp"

namespace shoal::journal {

struct CheckpointBegun {
  Sequence sequence;
  Position commit;  // in which it stands
};
struct CheckpointEnded {
  Sequence sequence;
  Sequence begin;  // perhaps of an earlier epoch
};

struct EpochSummary {
  Sequence first;
  Sequence last;
  Sequence last_synced;  // zero: none; the rest is in the tail
  bool is_closed = false;
  std::vector<CheckpointBegun> begun;  // oldest first, as these:
  std::vector<CheckpointEnded> ended;
};

class GenerationIndex {
 public:
  GenerationIndex(Storage& storage, const JournalId& journal, Generation generation)
      : storage_(storage), journal_(journal), generation_(generation) {}

  // Takes in what has been written since the last time. Error: as LogScan's.
  Result<void> refresh();

  // Null: it has no records here.
  const EpochSummary* find(LogShard shard, Epoch epoch) const;
  // All before it is known to be synced; behind it stands at most the tail.
  Position synced_end() const { return scan_->synced_end(); }
  // Where the next commit would stand.
  Position end() const { return scan_->position(); }
  // The records of the last commit, if it is not known to be synced.
  std::string_view tail() const { return tail_; }

 private:
  using Key = std::pair<LogShard, Epoch>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<LogShard>{}(key.first) ^ key.second.value;
    }
  };

  void forget();
  Result<void> find_what_is_new();
  Result<void> scan_on();
  Result<void> take_in(const ScannedCommit& commit);

  Storage& storage_;
  JournalId journal_;
  Generation generation_;
  std::optional<LogScan> scan_;
  std::unordered_map<Key, EpochSummary, KeyHash> epochs_;
  Position last_commit_;
  std::vector<EpochSummary*> in_last_commit_;
  std::string tail_;
};

}  // namespace shoal::journal
