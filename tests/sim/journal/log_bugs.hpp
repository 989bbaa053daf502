#pragma once
// LogBug: mistakes planted around the production objects of the journal, to prove that the oracles see them.
// A bug spoils what a log is told by its disk, or what is asked of it; journal/ has no switch for any of
// them.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "journal/storage.hpp"

namespace shoal::sim {

enum class LogBug : std::uint8_t {
  none,
  answers_without_rule,     // never sees another one's claim after a sync
  looks_before_writing,     // looks for the next claim before it writes and syncs, not after
  reads_before_claiming,    // reads the predecessor, and makes its claim then
  two_claims_in_one_epoch,  // a claim's file is opened where it is there already
  takes_stale_decisions,    // claims whatever the decision
  deletes_below_void,       // deletes below a checkpoint that does not count
  second_batch_first,       // a later batch is written, and counts, before an earlier one
  skips_sync,               // a sync says that it is done, and is not
  reuses_unsynced,          // writes to a segment that is used again before its new name is synced
  reuses_too_early,         // uses a segment again that is no spare yet
};

inline constexpr std::array all_log_bugs = {
    LogBug::answers_without_rule,  LogBug::looks_before_writing,
    LogBug::reads_before_claiming, LogBug::two_claims_in_one_epoch,
    LogBug::takes_stale_decisions, LogBug::deletes_below_void,
    LogBug::second_batch_first,    LogBug::skips_sync,
    LogBug::reuses_unsynced,       LogBug::reuses_too_early,
};

const char* name_of(LogBug bug);

// The disk of one process, and what a bug makes of it.
class LogDisk : public journal::Storage {
 public:
  // Another claim's file was made by this process.
  using Made = std::function<void(const std::string& path)>;
  static std::unique_ptr<LogDisk> make(std::unique_ptr<journal::Storage> disk, LogBug bug, Made made);

  // Whether the look after a sync sees no other owner from now on, whoever there is.
  virtual void blind(bool is_blind) = 0;
};

}  // namespace shoal::sim
