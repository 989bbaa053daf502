#pragma once
// DataFile: what one opening of a log by one lane writes, as a row of segments of one size. Commits stand one
// after the other; the next is written when the one before is synced. One caller at a time.
//
// A segment is written whole before it is used, so that a sync changes no metadata: the first ones with
// zeros. Later ones are segments that nobody reads any more, under new names, so that in the long run each
// byte is written once. Until then they are spares, `spare_segments_max` at most.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/commit_buffer.hpp"
#include "journal/sector.hpp"
#include "journal/storage.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr const char* data_directory = "data";

// Held by whoever writes the generation, for as long as it lives: no other one deletes it.
std::string lock_path(Generation generation);
std::string segment_path(Generation generation, std::uint64_t index);
// Of a segment that nobody reads any more, and that is to be used again.
std::string spare_path(Generation generation, std::uint64_t index);
// The generations in the data directory by their locks and segments, with the indexes of the latter,
// ascending.
Result<std::map<Generation, std::vector<std::uint64_t>>> list_generations(Storage& storage);
// The indexes that its spares had, ascending.
Result<std::vector<std::uint64_t>> list_spares(Storage& storage, Generation generation);

struct DataFileOptions {
  std::uint64_t segment_bytes = 64 * 1024 * 1024;
  std::function<std::uint64_t()> random;  // for the generation's number
  std::size_t spare_segments_max = 32;    // kept to be used again; what goes beyond is deleted
  // Written at a time, but for a longer record: so much is still in a processor's cache after its sums were
  // made.
  std::size_t write_bytes_max = 256 * 1024;
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
  // That are read or written: without spares.
  std::size_t segments() const { return index_ - first_index_ + 1; }
  std::size_t spare_segments() const { return spares_.size(); }
  // That were spares or deleted, ever.
  std::uint64_t freed_segments() const { return first_index_; }

  // Writes and syncs what is in the buffer, in as many commits as it takes. overloaded: there is no room for
  // another segment, and it may be tried again. Any other error: nothing more is to be written.
  Result<void> commit(CommitBuffer& buffer);

  // Says in the file that all before `end` is synced, for whoever reads it after a kill. Not synced itself.
  Result<void> mark();

  // The segment after the current one, and the spare that it is made of, which is no spare from now on.
  struct SegmentOrder {
    std::uint64_t index = 0;
    std::optional<std::uint64_t> spare;  // none: of zeros
  };
  SegmentOrder order_segment();
  // From any thread. After an error the next order makes the segment anew. overloaded: the disk is full.
  Result<std::unique_ptr<File>> make_segment(const SegmentOrder& order) const;
  bool fits(const CommitBuffer& buffer) const { return buffer.bytes() <= room(); }
  bool is_half_full() const { return room() < segment_bytes_ / 2; }
  bool wants_segment() const { return next_ == nullptr; }
  // Requires: made by the last order.
  void take_segment(std::unique_ptr<File> segment) { next_ = std::move(segment); }

  // Nobody reads the segments that have nothing from `position` on: they are spares, or deleted.
  Result<void> remove_before(Position position);

 private:
  DataFile(Storage& storage, const JournalId& journal, Generation generation, const DataFileOptions& options);
  std::uint64_t room() const;
  Result<std::unique_ptr<File>> make_of_zeros(const std::string& path) const;
  Result<std::unique_ptr<File>> make_of_spare(const std::string& spare, const std::string& path) const;
  Result<Position> write(const CommitBuffer::Piece& piece);

  Storage& storage_;
  JournalId journal_;
  Generation generation_;
  std::uint64_t segment_bytes_;
  std::size_t spare_segments_max_;
  std::size_t write_bytes_max_;
  std::unique_ptr<File> lock_;
  std::unique_ptr<File> current_;
  std::unique_ptr<File> next_;
  std::uint64_t index_ = 0;
  std::uint64_t first_index_ = 0;
  std::vector<std::uint64_t> spares_;
  Position end_;
};

}  // namespace shoal::journal
