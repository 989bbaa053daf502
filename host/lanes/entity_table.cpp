#include "host/lanes/entity_table.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kFirstCells = 16;
constexpr std::uint64_t kChunkBytes = 64 * 1024;

std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace

std::uint64_t hash_of(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

void EntityTable::FreeChunk::operator()(std::byte* memory) const {
  ::operator delete(memory, std::align_val_t{alignment});
}

EntityTable::EntityTable(std::uint64_t slot_size, std::uint64_t slot_alignment)
    : cells_(kFirstCells, Cell{0, kNoBlock}),
      mask_(kFirstCells - 1),
      slot_offset_(round_up(sizeof(Entity), slot_alignment)),
      stride_(round_up(slot_offset_ + slot_size, std::max<std::uint64_t>(slot_alignment, alignof(Entity)))),
      alignment_(std::max<std::size_t>(slot_alignment, alignof(Entity))),
      // Small shards should not hold a chunk they never fill, large slots still get one block a chunk.
      blocks_per_chunk_log2_(static_cast<std::uint32_t>(
          std::bit_width(std::clamp<std::uint64_t>(kChunkBytes / stride_, 1, 256)) - 1)) {
  SHOAL_ASSERT(slot_size > 0 && std::has_single_bit(slot_alignment));
}

EntityTable::~EntityTable() {
  for_each([](Entity& entity) {
    if (!entity.is_inline()) delete[] entity.heap_id();
    return true;
  });
}

std::uint32_t EntityTable::take_block() {
  if (!free_blocks_.empty()) {
    const std::uint32_t number = free_blocks_.back();
    free_blocks_.pop_back();
    return number;
  }
  if ((next_block_ >> blocks_per_chunk_log2_) == chunks_.size()) {
    const std::uint64_t bytes = stride_ << blocks_per_chunk_log2_;
    chunks_.emplace_back(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{alignment_})),
                         FreeChunk{alignment_});
  }
  return next_block_++;
}

Entity& EntityTable::insert(std::string_view id, std::uint64_t hash) {
  if ((size_ + 1) * 5 > cells_.size() * 4) grow();
  const std::uint32_t number = take_block();
  auto* entity = new (block(number)) Entity;
  entity->hash_ = hash;
  entity->block_ = number;
  entity->incarnation_ = next_incarnation();
  entity->id_size_ = static_cast<std::uint16_t>(id.size());
  if (entity->is_inline()) {
    std::memcpy(entity->id_, id.data(), id.size());
  } else {
    char* heap_id = new char[id.size()];
    std::memcpy(heap_id, id.data(), id.size());
    std::memcpy(entity->id_, &heap_id, sizeof heap_id);
  }
  put_cell(hash, number);
  ++size_;
  return *entity;
}

void EntityTable::put_cell(std::uint64_t hash, std::uint32_t block_number) {
  std::uint64_t position = hash & mask_;
  while (cells_[position].block != kNoBlock) position = (position + 1) & mask_;
  cells_[position] = Cell{tag_of(hash), block_number};
}

void EntityTable::erase(Entity& entity) {
  std::uint64_t hole = entity.hash_ & mask_;
  while (cells_[hole].block != entity.block_) hole = (hole + 1) & mask_;
  if (!entity.is_inline()) delete[] entity.heap_id();
  free_blocks_.push_back(entity.block_);
  entity.incarnation_ = 0;
  // Backward-shift deletion keeps every probe sequence unbroken without tombstones.
  for (std::uint64_t next = (hole + 1) & mask_; cells_[next].block != kNoBlock; next = (next + 1) & mask_) {
    const std::uint64_t home = block(cells_[next].block)->hash_ & mask_;
    if (((next - home) & mask_) >= ((next - hole) & mask_)) {
      cells_[hole] = cells_[next];
      hole = next;
    }
  }
  cells_[hole] = Cell{0, kNoBlock};
  --size_;
}

void EntityTable::grow() {
  std::vector<Cell> old(cells_.size() * 2, Cell{0, kNoBlock});
  old.swap(cells_);
  mask_ = cells_.size() - 1;
  for (const Cell& cell : old) {
    if (cell.block != kNoBlock) put_cell(block(cell.block)->hash_, cell.block);
  }
}

}  // namespace shoal::lanes
