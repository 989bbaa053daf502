#pragma once
// DataFile: what one opening of a log by one lane writes, as a row of segments of one size, zeroed before
// they are used so that a sync changes no metadata. Commits stand one after the other; the next is written
// when the one before is synced. One caller at a time.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "journal/commit_buffer.hpp"
#include "journal/sector.hpp"
#include "journal/storage.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr const char* data_directory = "data";

// Held by whoever writes the generation, for as long as it lives: no other one deletes it.
std::string lock_path(Generation generation);
std::string segment_path(Generation generation, std::uint64_t index);
// The generations in the data directory by their locks and segments, with the indexes of the latter,
// ascending.
Result<std::map<Generation, std::vector<std::uint64_t>>> list_generations(Storage& storage);

struct DataFileOptions {
  std::uint64_t segment_bytes = 64 * 1024 * 1024;
  std::function<std::uint64_t()> random;  // for the generation's number
};

class DataFile {
 public:
  // Makes a generation of its own with its first segment. overloaded: the disk is full.
  static Result<std::unique_ptr<DataFile>> create(Storage& storage, const JournalId& journal,
                                                  const DataFileOptions& options);

  Generation generation() const { return generation_; }
  std::uint64_t segment_bytes() const { return segment_bytes_; }
  // The most that one commit has; no record may be longer.
  std::size_t commit_bytes_max() const;
  // Where the next commit goes; its head may be in the next segment.
  Position end() const { return end_; }
  std::size_t segments() const { return segments_; }

  // Writes and syncs what is in the buffer, in as many commits as it takes. overloaded: there is no room for
  // another segment, and it may be tried again. Any other error: nothing more is to be written.
  Result<void> commit(CommitBuffer& buffer);

  // Says in the file that all before `end` is synced, for whoever reads it after a kill. Not synced itself.
  Result<void> mark();

  // Makes the segment after the current one, from another thread.
  Result<std::unique_ptr<File>> make_segment(std::uint64_t index) const;
  std::uint64_t next_index() const { return index_ + 1; }
  bool fits(const CommitBuffer& buffer) const { return buffer.bytes() <= room(); }
  bool is_half_full() const { return room() < segment_bytes_ / 2; }
  bool wants_segment() const { return next_ == nullptr; }
  // Requires: made by make_segment(next_index()).
  void take_segment(std::unique_ptr<File> segment) { next_ = std::move(segment); }

  // Deletes the segments that have nothing from `position` on.
  Result<void> remove_before(Position position);

 private:
  DataFile(Storage& storage, const JournalId& journal, Generation generation, std::uint64_t segment_bytes);
  std::uint64_t room() const;
  Result<Position> write(const CommitBuffer::Piece& piece);

  Storage& storage_;
  JournalId journal_;
  Generation generation_;
  std::uint64_t segment_bytes_;
  std::unique_ptr<File> lock_;
  std::unique_ptr<File> current_;
  std::unique_ptr<File> next_;
  std::uint64_t index_ = 0;
  std::uint64_t first_index_ = 0;
  std::size_t segments_ = 0;
  Position end_;
};

}  // namespace shoal::journal
