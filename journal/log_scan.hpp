#pragma once
// LogScan: goes through the commits of one generation, and tells its end from damage. Reads beside the one
// who writes it.
//
// Without an end it finds the end: where no whole commit follows. Had a later one been written, this one
// would have been synced; so where a later head stands, it is no end but damage: `refused`, as all that
// cannot be believed.
//
// The one who writes deletes segments, or uses their files again under other names. What was read of one by
// then holds. Nothing more is believed of a file whose name is gone: there the scan is cut off.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/sector.hpp"
#include "journal/storage.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

struct ScannedCommit {
  Position position;         // of its head
  Position end;              // after its last record
  std::string_view records;  // their sums have been seen to; lives until the next call
};

class LogScan {
 public:
  // Begins at `from`, where a commit's head is or will be, or at the first segment behind the last gap,
  // whichever is later. refused: nothing of the generation is there. not_found: the segment of `from` went
  // meanwhile.
  static Result<LogScan> begin(Storage& storage, const JournalId& journal, Generation generation,
                               Position from);

  // None: at the end, or cut off. not_found: cut off before `end`. Requires: `end`, if any, is where a commit
  // begins or ended, and before it all was synced.
  Result<std::optional<ScannedCommit>> next(std::optional<Position> end);

  // What is read next is read from the file, as it is then.
  void forget_window() { window_used_ = 0; }

  // Whether this is not the end, since this segment or the one that follows went before it was read.
  Result<bool> is_cut_off() const;

  // Where the next commit is looked for.
  Position position() const { return position_; }
  // All before this was synced, as far as can be seen.
  Position synced_end() const { return synced_end_; }

 private:
  LogScan(Storage& storage, const JournalId& journal, Generation generation)
      : storage_(storage), journal_(journal), generation_(generation) {}

  std::uint64_t index() const { return position_.value / segment_bytes_; }
  std::uint64_t offset() const { return position_.value % segment_bytes_; }
  std::string path() const;
  Result<void> open_segment(std::uint64_t index);
  Result<std::string_view> bytes_at(std::uint64_t offset, std::size_t wanted);
  Result<std::optional<ScannedCommit>> read_commit();
  Result<std::optional<Position>> next_segment();
  Result<bool> later_head_stands();
  Result<bool> segment_stands(std::uint64_t index);
  Result<bool> head_stands(std::uint64_t index, std::uint64_t from);
  Error damaged() const;
  Error gone() const;

  Storage& storage_;
  JournalId journal_;
  Generation generation_;
  std::uint64_t segment_bytes_ = 0;
  Position position_;
  Position synced_end_;
  std::unique_ptr<File> segment_;  // the one of position_
  std::uint32_t seed_ = 0;
  std::vector<char> window_;
  std::uint64_t window_at_ = 0;  // the offset in the segment of its first byte
  std::size_t window_used_ = 0;
};

}  // namespace shoal::journal
