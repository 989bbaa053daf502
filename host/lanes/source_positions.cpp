#include "host/lanes/source_positions.hpp"

#include <algorithm>

namespace shoal::lanes {

namespace {

void raise_low(SourcePositions::Position& position, Offset low) {
  position.low = std::max(position.low, low);
  while (!position.above.empty() && position.above.front() < position.low) position.above.pop_front();
}

}  // namespace

bool SourcePositions::Position::holds(Offset offset) const {
  return offset < low || std::binary_search(above.begin(), above.end(), offset);
}

const SourcePositions::Position* SourcePositions::find(std::uint32_t source, Partition partition) const {
  for (const Position& position : positions_) {
    if (position.partition == partition && position.source == source) return &position;
  }
  return nullptr;
}

SourcePositions::Position& SourcePositions::at(std::uint32_t source, Partition partition) {
  for (Position& position : positions_) {
    if (position.partition == partition && position.source == source) return position;
  }
  return positions_.emplace_back(Position{source, partition, {}, {}, -1});
}

void SourcePositions::add(std::uint32_t source, Partition partition, Offset offset, Offset low,
                          std::int64_t timestamp_ms) {
  Position& position = at(source, partition);
  raise_low(position, low);
  position.last_timestamp_ms = timestamp_ms;
  if (position.holds(offset)) return;
  if (position.above.empty() || position.above.back() < offset) {
    position.above.push_back(offset);
  } else {
    position.above.insert(std::lower_bound(position.above.begin(), position.above.end(), offset), offset);
  }
}

void SourcePositions::finished_below(std::uint32_t source, Partition partition, Offset low) {
  raise_low(at(source, partition), low);
}

}  // namespace shoal::lanes
