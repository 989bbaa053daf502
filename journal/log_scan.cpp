#include "journal/log_scan.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "journal/data_file.hpp"
#include "journal/record_codec.hpp"
#include "journal/record_sums.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr std::size_t window_bytes = 256 * 1024;  // stays in a processor's cache until it is looked at

// The records of a commit are whole where each has its sum, and they are as many as its head says.
bool are_whole(std::string_view records, std::uint32_t count, std::uint32_t seed) {
  for (std::string_view rest = records; !rest.empty(); --count) {
    const std::size_t length = length_at(rest);
    if (length == 0 || length > rest.size() || count == 0) return false;
    rest.remove_prefix(length);
  }
  return count == 0 && sums_hold(records, seed);
}

// Whether a commit's head stands in bytes that begin at that position.
bool has_head(std::string_view bytes, Position begin, std::uint32_t seed) {
  std::array<char, commit_head_bytes> pattern;
  encode_commit_head({}, 0, pattern.data());
  // A head begins with the same four bytes everywhere.
  const std::string_view magic(pattern.data(), 4);
  for (std::size_t at = bytes.find(magic); at != std::string_view::npos; at = bytes.find(magic, at + 1)) {
    if (decode_commit_head(bytes.substr(at), Position(begin.value + at), seed)) return true;
  }
  return false;
}

// Of the segment of that index. None: its name is gone, so that what stands in the file may be another
// segment's.
Result<std::optional<SegmentHead>> read_head(Storage& storage, const JournalId& journal,
                                             Generation generation, std::uint64_t index) {
  const std::string path = segment_path(generation, index);
  auto segment = storage.open(path, Access::read);
  if (!segment && segment.error().code == ErrorCode::not_found) return std::optional<SegmentHead>();
  if (!segment) return std::move(segment).error();
  Sector sector{};
  SHOAL_TRY(read, segment.value()->read_at(0, sector));
  auto head = decode_segment_head({sector.data(), read}, journal);
  if (head && head.value().generation == generation && head.value().index == index) {
    return std::optional(head.value());
  }
  SHOAL_TRY(stands, storage.exists(path));
  if (!stands) return std::optional<SegmentHead>();
  if (!head) return error(head.error().code, path + ": " + head.error().message);
  return error(ErrorCode::refused, path + ": it is another segment: put back the directory as it was");
}

// None: no head of this journal stands there. That it cannot be read is an error, which says nothing of it.
Result<std::optional<SegmentHead>> look_for_head(File& segment, const JournalId& journal) {
  Sector sector{};
  SHOAL_TRY(read, segment.read_at(0, sector));
  auto head = decode_segment_head({sector.data(), read}, journal);
  return head ? std::optional(head.value()) : std::nullopt;
}

// Segments are deleted from the oldest up, and what was deleted may be there again after a power failure: all
// before the last gap is such. Requires: there is one.
std::uint64_t first_of(const std::vector<std::uint64_t>& indexes) {
  std::size_t first = indexes.size() - 1;
  while (first > 0 && indexes[first - 1] + 1 == indexes[first]) --first;
  return indexes[first];
}

}  // namespace

Result<LogScan> LogScan::begin(Storage& storage, const JournalId& journal, Generation generation,
                               Position from) {
  for (;;) {
    SHOAL_TRY(generations, list_generations(storage));
    const auto found = generations.find(generation);
    if (found == generations.end() || found->second.empty()) {
      return error(ErrorCode::refused,
                   segment_path(generation, 0) +
                       " is not there, nor is any segment after it: put back the directory "
                       "as it was, or restore a backup");
    }
    const std::uint64_t first = first_of(found->second);
    SHOAL_TRY(head, read_head(storage, journal, generation, first));
    if (!head) continue;  // it has gone since it was listed
    LogScan scan(storage, journal, generation);
    scan.segment_bytes_ = head->bytes;
    const Position earliest(first * scan.segment_bytes_ + sector_bytes);
    scan.position_ = std::max(from, earliest);
    scan.synced_end_ = scan.position_;
    SHOAL_TRYV(scan.open_segment(scan.index()));
    return scan;
  }
}

std::string LogScan::path() const { return segment_path(generation_, index()); }

Result<void> LogScan::open_segment(std::uint64_t index) {
  SHOAL_TRY(segment, storage_.open(segment_path(generation_, index), Access::read));
  segment_ = std::move(segment);
  seed_ = sum_seed(journal_, generation_, index);
  window_used_ = 0;
  return success();
}

// So many bytes of the segment, fewer at its end; they live until the next call.
Result<std::string_view> LogScan::bytes_at(std::uint64_t offset, std::size_t wanted) {
  wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, segment_bytes_ - offset));
  if (offset < window_at_ || offset + wanted > window_at_ + window_used_) {
    const std::uint64_t rest = segment_bytes_ - offset;
    const std::uint64_t size = std::min<std::uint64_t>(rest, std::max(wanted, window_bytes));
    // What has been read of it stays.
    std::uint64_t kept = 0;
    if (window_at_ <= offset && offset < window_at_ + window_used_) {
      kept = window_at_ + window_used_ - offset;
      std::memmove(window_.data(), window_.data() + (offset - window_at_), kept);
    }
    window_at_ = offset;
    window_used_ = kept;
    if (window_.size() < size) window_.resize(size);
    const std::span<char> room = std::span(window_).first(size).subspan(kept);
    SHOAL_TRY(read, segment_->read_at(offset + kept, room));
    window_used_ = kept + read;
  }
  const std::size_t at = static_cast<std::size_t>(offset - window_at_);
  return std::string_view(window_.data() + at, std::min(wanted, window_used_ - at));
}

// None: no whole commit stands here.
Result<std::optional<ScannedCommit>> LogScan::read_commit() {
  SHOAL_TRY(head_bytes, bytes_at(offset(), commit_head_bytes));
  const std::optional<CommitHead> head = decode_commit_head(head_bytes, position_, seed_);
  if (!head) return std::optional<ScannedCommit>();
  SHOAL_TRY(bytes, bytes_at(offset(), commit_head_bytes + head->bytes));
  if (bytes.size() != commit_head_bytes + head->bytes) return std::optional<ScannedCommit>();
  const std::string_view records = bytes.substr(commit_head_bytes);
  if (!are_whole(records, head->records, seed_)) return std::optional<ScannedCommit>();
  return std::optional<ScannedCommit>({position_, Position(position_.value + bytes.size()), records});
}

// Where the commits go on in the next segment. None: they do not.
Result<std::optional<Position>> LogScan::next_segment() {
  const std::uint64_t next = index() + 1;
  auto segment = storage_.open(segment_path(generation_, next), Access::read);
  if (!segment && segment.error().code == ErrorCode::not_found) return std::optional<Position>();
  if (!segment) return std::move(segment).error();
  SHOAL_TRY(head, look_for_head(*segment.value(), journal_));
  if (!head || head->previous_end != position_ || head->generation != generation_ || head->index != next)
    return std::optional<Position>();
  return std::optional<Position>(Position(next * segment_bytes_ + sector_bytes));
}

// Segments go from the oldest up, and never the one that is written.
Result<bool> LogScan::is_cut_off() const {
  SHOAL_TRY(generations, list_generations(storage_));
  const std::vector<std::uint64_t>& indexes = generations[generation_];
  const auto is_there = [&](std::uint64_t index) {
    return std::binary_search(indexes.begin(), indexes.end(), index);
  };
  if (indexes.empty() || indexes.back() <= index()) return false;
  return !is_there(index()) || !is_there(index() + 1);
}

// Whether the segment has a head of a commit at an offset of at least `from`.
Result<bool> LogScan::head_stands(std::uint64_t index, std::uint64_t from) {
  auto opened = storage_.open(segment_path(generation_, index), Access::read);
  if (!opened && opened.error().code == ErrorCode::not_found) return false;
  if (!opened) return std::move(opened).error();
  const std::uint64_t end = std::min(segment_bytes_, from + commit_bytes_limit + 2 * commit_head_bytes);
  const std::uint32_t seed = sum_seed(journal_, generation_, index);
  std::vector<char> bytes(window_bytes);
  // A head may lie across the end of what is read, and then stands whole at the begin of what is read next.
  for (; from < end; from += bytes.size() - commit_head_bytes) {
    const std::uint64_t size = std::min<std::uint64_t>(bytes.size(), end - from);
    SHOAL_TRY(read, opened.value()->read_at(from, std::span(bytes).first(size)));
    if (has_head({bytes.data(), read}, Position(index * segment_bytes_ + from), seed)) return true;
  }
  return false;
}

// Whether the segment has been begun.
Result<bool> LogScan::segment_stands(std::uint64_t index) {
  auto segment = storage_.open(segment_path(generation_, index), Access::read);
  if (!segment && segment.error().code == ErrorCode::not_found) return false;
  if (!segment) return std::move(segment).error();
  SHOAL_TRY(head, look_for_head(*segment.value(), journal_));
  return head && head->generation == generation_ && head->index == index;
}

// The first commit of the next segment is no proof: it is written together with the segment's head. The one
// after that was begun when it was synced; but where the next one is gone, it was deleted.
Result<bool> LogScan::later_head_stands() {
  SHOAL_TRY(here, head_stands(index(), offset() + 1));
  if (here) return true;
  SHOAL_TRY(next, head_stands(index() + 1, sector_bytes + 1));
  if (next) return true;
  SHOAL_TRY(is_there, storage_.exists(segment_path(generation_, index() + 1)));
  if (!is_there) return false;
  return segment_stands(index() + 2);
}

Error LogScan::damaged() const {
  return error(ErrorCode::refused,
               path() + " is damaged at byte " + std::to_string(offset()) +
                   ", where something that was synced cannot be read: restore a backup of "
                   "the journal");
}

Error LogScan::gone() const {
  return error(ErrorCode::not_found, path() + " went before it was read: its owner needs it no more");
}

Result<std::optional<ScannedCommit>> LogScan::next(std::optional<Position> end) {
  std::optional<Position> doubted;
  while (!end || position_ < *end) {
    SHOAL_TRY(commit, read_commit());
    // The first one of a segment was written with its head, which is not known to be synced either.
    if (commit && offset() != sector_bytes) synced_end_ = commit->position;
    if (commit && !commit->records.empty()) {
      position_ = commit->end;
      return commit;
    }
    SHOAL_TRY(next, next_segment());
    if (next) {
      auto opened = open_segment(next->value / segment_bytes_);
      if (!opened && opened.error().code == ErrorCode::not_found && !end) break;  // cut off
      SHOAL_TRYV(std::move(opened));
      synced_end_ = position_;
      position_ = *next;
      continue;
    }
    if (commit) break;  // a mark
    // Only now: what was read before may be what another segment has there already.
    SHOAL_TRY(stands, storage_.exists(path()));
    if (!stands && end) return gone();
    if (!stands) break;
    if (end) return damaged();
    SHOAL_TRY(later, later_head_stands());
    if (!later) break;
    // Whoever writes here may have gone on, here or in the next segment, after the first look.
    if (doubted == position_) return damaged();
    doubted = position_;
    window_used_ = 0;
  }
  return std::optional<ScannedCommit>();
}

}  // namespace shoal::journal
