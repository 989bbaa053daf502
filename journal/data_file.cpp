#include "journal/data_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "journal/hex.hpp"
#include "journal/record_sums.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr std::size_t generation_digits = 16;

constexpr std::string_view spare_ending = ".spare";

struct DataName {
  Generation generation;
  std::optional<std::uint64_t> index;  // none: the lock
  bool is_spare = false;
};

template <class Number>
bool read_hex(std::string_view text, Number& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return failed == std::errc() && end == text.data() + text.size();
}

std::optional<DataName> data_name(std::string_view name) {
  DataName found;
  if (name.size() < generation_digits) return std::nullopt;
  if (!read_hex(name.substr(0, generation_digits), found.generation.value)) return std::nullopt;
  std::string_view rest = name.substr(generation_digits);
  if (rest == ".lock") return found;
  found.is_spare = rest.ends_with(spare_ending);
  if (found.is_spare) rest.remove_suffix(spare_ending.size());
  if (!rest.starts_with('.')) return std::nullopt;
  std::uint64_t index = 0;
  if (!read_hex(rest.substr(1), index)) return std::nullopt;
  found.index = index;
  return found;
}

}  // namespace

std::string lock_path(Generation generation) {
  return std::string(data_directory) + "/" + hex(generation.value, generation_digits) + ".lock";
}

std::string segment_path(Generation generation, std::uint64_t index) {
  return std::string(data_directory) + "/" + hex(generation.value, generation_digits) + "." + hex(index, 6);
}

std::string spare_path(Generation generation, std::uint64_t index) {
  return segment_path(generation, index) + std::string(spare_ending);
}

Result<std::map<Generation, std::vector<std::uint64_t>>> list_generations(Storage& storage) {
  SHOAL_TRY(names, storage.list(data_directory));
  std::map<Generation, std::vector<std::uint64_t>> generations;
  for (const std::string& name : names) {
    const std::optional<DataName> found = data_name(name);
    if (!found) continue;
    std::vector<std::uint64_t>& indexes = generations[found->generation];
    if (found->index && !found->is_spare) indexes.push_back(*found->index);
  }
  return generations;
}

Result<std::vector<std::uint64_t>> list_spares(Storage& storage, Generation generation) {
  SHOAL_TRY(names, storage.list(data_directory));
  std::vector<std::uint64_t> indexes;
  for (const std::string& name : names) {
    const std::optional<DataName> found = data_name(name);
    if (found && found->is_spare && found->generation == generation) indexes.push_back(*found->index);
  }
  return indexes;
}

DataFile::DataFile(Storage& storage, const JournalId& journal, Generation generation,
                   const DataFileOptions& options)
    : storage_(storage),
      journal_(journal),
      generation_(generation),
      segment_bytes_(options.segment_bytes),
      spare_segments_max_(options.spare_segments_max),
      write_bytes_max_(options.write_bytes_max) {}

Result<std::unique_ptr<DataFile>> DataFile::create(Storage& storage, const JournalId& journal,
                                                   const DataFileOptions& options) {
  for (;;) {
    const Generation generation(options.random());
    auto lock = storage.create(lock_path(generation));
    if (!lock && lock.error().code == ErrorCode::already_exists) continue;
    if (!lock) return std::move(lock).error();
    SHOAL_TRY(locked, lock.value()->lock());
    if (!locked) continue;
    std::unique_ptr<DataFile> file(new DataFile(storage, journal, generation, options));
    file->lock_ = std::move(lock).value();
    SHOAL_TRY(segment, file->make_segment({0, std::nullopt}));
    // Whoever collects what no claim names may have been here between the creation and the lock.
    SHOAL_TRY(stands, storage.exists(lock_path(generation)));
    if (!stands) continue;
    const Sector head = encode_segment_head({journal, generation, 0, options.segment_bytes, Position(0)});
    SHOAL_TRYV(segment->write_at(0, view_of(head)));
    SHOAL_TRYV(segment->datasync());
    file->current_ = std::move(segment);
    file->end_ = Position(sector_bytes);
    return file;
  }
}

DataFile::SegmentOrder DataFile::order_segment() {
  SegmentOrder order{index_ + 1, std::nullopt};
  if (!spares_.empty()) {
    order.spare = spares_.back();
    spares_.pop_back();
  }
  return order;
}

Result<std::unique_ptr<File>> DataFile::make_segment(const SegmentOrder& order) const {
  const std::string path = segment_path(generation_, order.index);
  if (!order.spare) return make_of_zeros(path);
  return make_of_spare(spare_path(generation_, *order.spare), path);
}

Result<std::unique_ptr<File>> DataFile::make_of_zeros(const std::string& path) const {
  SHOAL_TRY(segment, storage_.create(path));
  auto made = segment->fill_with_zeros(segment_bytes_);
  if (made) made = segment->datasync();
  if (made) made = storage_.sync_directory(data_directory);
  if (!made) {
    // Another try makes it anew.
    SHOAL_TRYV(storage_.remove(path));
    return std::move(made).error();
  }
  return segment;
}

// The directory is synced before anything is written there: after a power failure nothing of the new segment
// stands under an old name, and who still reads the old one sees that its name is gone when its bytes are
// others.
Result<std::unique_ptr<File>> DataFile::make_of_spare(const std::string& spare,
                                                      const std::string& path) const {
  auto made = storage_.rename(spare, path);
  if (made) made = storage_.sync_directory(data_directory);
  if (made) {
    auto segment = storage_.open(path, Access::read_and_write);
    if (segment) return segment;
    made = std::move(segment).error();
  }
  // Whichever name it has, it goes: another try makes the segment of another one.
  SHOAL_TRYV(storage_.remove(spare));
  SHOAL_TRYV(storage_.remove(path));
  return std::move(made).error();
}

std::size_t DataFile::commit_bytes_max() const {
  return std::min<std::uint64_t>(segment_bytes_ - sector_bytes - 2 * commit_head_bytes, commit_bytes_limit);
}

// Behind every commit there is room for a mark.
std::uint64_t DataFile::room() const {
  const std::uint64_t left = (index_ + 1) * segment_bytes_ - end_.value;
  return left < 2 * commit_head_bytes ? 0 : left - 2 * commit_head_bytes;
}

Result<void> DataFile::commit(CommitBuffer& buffer) {
  while (!buffer.is_written()) {
    const CommitBuffer::Piece piece = buffer.next_piece(commit_bytes_max());
    SHOAL_TRY(at, write(piece));
    buffer.piece_written(piece, at);
  }
  return success();
}

Result<Position> DataFile::write(const CommitBuffer::Piece& piece) {
  const bool fits_here = piece.bytes <= room();
  if (!fits_here && next_ == nullptr) {
    SHOAL_TRY(segment, make_segment(order_segment()));
    next_ = std::move(segment);
  }
  const std::uint64_t index = fits_here ? index_ : index_ + 1;
  const Position head(fits_here ? end_.value : index * segment_bytes_ + sector_bytes);
  const std::uint32_t seed = sum_seed(journal_, generation_, index);
  std::span<char> bytes = piece.with_room;
  encode_commit_head({head, static_cast<std::uint32_t>(piece.bytes), piece.records}, seed,
                     bytes.data() + sector_bytes);
  if (fits_here) {
    bytes = bytes.subspan(sector_bytes);
  } else {
    const Sector sector = encode_segment_head({journal_, generation_, index, segment_bytes_, end_});
    std::copy(sector.begin(), sector.end(), bytes.begin());
  }
  const std::uint64_t at = fits_here ? end_.value - index_ * segment_bytes_ : 0;
  File& segment = fits_here ? *current_ : *next_;
  // Heads go with the first records.
  std::size_t summed = bytes.size() - piece.bytes;
  for (std::size_t written = 0; written < bytes.size(); written = summed) {
    summed += sum_up(bytes.subspan(summed), write_bytes_max_, seed);
    SHOAL_TRYV(segment.write_at(at + written, {&bytes[written], summed - written}));
  }
  SHOAL_TRYV(segment.datasync());
  // Only now: where the disk was full, the same is tried again.
  if (!fits_here) {
    current_ = std::move(next_);
    index_ = index;
  }
  end_ = Position(head.value + commit_head_bytes + piece.bytes);
  return head;
}

Result<void> DataFile::mark() {
  std::array<char, commit_head_bytes> head;
  encode_commit_head({end_, 0, 0}, sum_seed(journal_, generation_, index_), head.data());
  return current_->write_at(end_.value - index_ * segment_bytes_, {head.data(), head.size()});
}

Result<void> DataFile::remove_before(Position position) {
  for (; first_index_ < index_ && (first_index_ + 1) * segment_bytes_ <= position.value; ++first_index_) {
    const std::string path = segment_path(generation_, first_index_);
    if (spares_.size() >= spare_segments_max_) {
      SHOAL_TRYV(storage_.remove(path));
      continue;
    }
    SHOAL_TRYV(storage_.rename(path, spare_path(generation_, first_index_)));
    spares_.push_back(first_index_);
  }
  return success();
}

}  // namespace shoal::journal
