#include "host/lanes/source_positions.hpp"

#include <algorithm>
#include <utility>

#include "journal/crc32c.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

void raise_low(SourcePositions::Position& position, Offset low) {
  position.low = std::max(position.low, low);
  while (!position.above.empty() && position.above.front() <= position.low) {
    if (position.above.front() == position.low) ++position.low.value;
    position.above.pop_front();
  }
}

void hold(SourcePositions::Position& position, Offset offset) {
  if (position.holds(offset)) return;
  if (offset == position.low) return raise_low(position, Offset{offset.value + 1});
  if (position.above.empty() || position.above.back() < offset) {
    position.above.push_back(offset);
  } else {
    position.above.insert(std::lower_bound(position.above.begin(), position.above.end(), offset), offset);
  }
}

bool comes_before(const SourcePositions::Position& position, const std::pair<std::uint32_t, Partition>& key) {
  return std::pair(position.source, position.partition) < key;
}

std::string_view text_of(shoal_bytes bytes) { return is_null(bytes) ? std::string_view() : to_view(bytes); }

}  // namespace

std::uint32_t record_crc(const shoal_record& record) {
  return journal::crc32c(text_of(record.value), journal::crc32c(text_of(record.key)));
}

bool SourcePositions::Position::holds(Offset offset) const {
  return offset < low || std::binary_search(above.begin(), above.end(), offset);
}

const SourcePositions::Position* SourcePositions::find(std::uint32_t source, Partition partition) const {
  const auto found =
      std::lower_bound(positions_.begin(), positions_.end(), std::pair(source, partition), comes_before);
  const bool is_there = found != positions_.end() && found->source == source && found->partition == partition;
  return is_there ? &*found : nullptr;
}

SourcePositions::Position& SourcePositions::at(std::uint32_t source, Partition partition) {
  const auto found =
      std::lower_bound(positions_.begin(), positions_.end(), std::pair(source, partition), comes_before);
  if (found != positions_.end() && found->source == source && found->partition == partition) return *found;
  return *positions_.insert(found, Position{source, partition, {}, {}, {}});
}

void SourcePositions::add(std::uint32_t source, Partition partition, const RecordMark& record, Offset low) {
  Position& position = at(source, partition);
  raise_low(position, low);
  if (record.offset >= position.last.offset) position.last = record;
  hold(position, record.offset);
}

void SourcePositions::add_run(std::uint32_t source, Partition partition, Offset first, Offset end) {
  Position& position = at(source, partition);
  for (Offset offset = first; offset < end; ++offset.value) hold(position, offset);
}

void SourcePositions::finished_below(std::uint32_t source, Partition partition, Offset low,
                                     const RecordMark& last) {
  Position& position = at(source, partition);
  raise_low(position, low);
  if (last.offset >= position.last.offset) position.last = last;
}

}  // namespace shoal::lanes
