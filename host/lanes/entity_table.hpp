#pragma once
// EntityTable: the active entities of one shard, found by id, each in a slot of host memory.
//
// Open addressing with linear probing over 8-byte cells (half of the hash and a block number), so that a
// look-up touches one cache line of cells and one of the block. Blocks (header, id, the module's slot) stand
// in chunks that never move: a slot keeps its address for the entity's life. Used only by the lane that owns
// the shard.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace shoal::lanes {

std::uint64_t hash_of(std::string_view id);

class EntityTable;

// The header in front of each slot.
class Entity {
 public:
  static constexpr std::uint32_t kNoAttachment = UINT32_MAX;

  std::string_view id() const { return {is_inline() ? id_ : heap_id(), id_size_}; }
  std::uint64_t hash() const { return hash_; }
  std::uint32_t block() const { return block_; }
  std::uint32_t incarnation() const { return incarnation_; }

  // Number of what the shard keeps for this entity beside its slot, or kNoAttachment.
  std::uint32_t attachment = kNoAttachment;

 private:
  friend class EntityTable;
  static constexpr std::size_t kInlineIdBytes = 18;

  bool is_inline() const { return id_size_ <= kInlineIdBytes; }

  char* heap_id() const {
    char* id = nullptr;
    std::memcpy(&id, id_, sizeof id);
    return id;
  }

  std::uint64_t hash_ = 0;
  std::uint32_t block_ = 0;
  std::uint32_t incarnation_ = 0;  // 0: the block is free
  std::uint16_t id_size_ = 0;
  char id_[kInlineIdBytes];  // the id, or for a longer one the pointer to it: keeps the header at 40 bytes
};

class EntityTable {
 public:
  // Requires: `slot_size` > 0, `slot_alignment` a power of two of at most 4096.
  EntityTable(std::uint64_t slot_size, std::uint64_t slot_alignment);
  ~EntityTable();
  EntityTable(const EntityTable&) = delete;
  EntityTable& operator=(const EntityTable&) = delete;

  // The entity, or null. `hash` is hash_of(id); `guess` is null or what `prefetch_entity` gave for it.
  Entity* find(std::string_view id, std::uint64_t hash, Entity* guess = nullptr) const {
    const auto is_it = [&](const Entity* entity) { return entity->hash_ == hash && same(entity->id(), id); };
    if (guess != nullptr && guess->incarnation_ != 0 && is_it(guess)) [[likely]]
      return guess;
    return probe(hash, is_it);
  }

  // The entity in a block, or null where that incarnation has ended.
  Entity* at(std::uint32_t block_number, std::uint32_t incarnation) const {
    if (block_number >= next_block_) return nullptr;
    Entity* entity = block(block_number);
    return entity->incarnation_ == incarnation && incarnation != 0 ? entity : nullptr;
  }

  // Blocks that are or were in use: their numbers are below it.
  std::uint32_t block_count() const { return next_block_; }
  // Null where the block is free. Requires: `number` < block_count().
  Entity* in_block(std::uint32_t number) const {
    Entity* entity = block(number);
    return entity->incarnation_ == 0 ? nullptr : entity;
  }

  // Brings what leads to the cells into the cache.
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(reinterpret_cast<const char*>(this + 1) - 1);
  }
  // Brings the cell of `hash` into the cache.
  void prefetch_cell(std::uint64_t hash) const { __builtin_prefetch(&cells_[hash & mask_]); }
  // Brings the block to which the cell of `hash` points into the cache: its header, and where the slot
  // begins. Gives the block, for `find`: blocks never move.
  Entity* prefetch_entity(std::uint64_t hash) const {
    Entity* entity = probe(hash, [](const Entity*) { return true; });
    if (entity == nullptr) return nullptr;
    __builtin_prefetch(entity, 1);
    __builtin_prefetch(slot(*entity), 1);
    return entity;
  }

  // A new entity whose slot is raw memory. Requires: `id` is not in the table.
  Entity& insert(std::string_view id, std::uint64_t hash);

  // The entity stays, as another incarnation. Requires: the slot's object has been destroyed.
  void renew(Entity& entity) { entity.incarnation_ = next_incarnation(); }

  // Requires: the slot's object has been destroyed. `entity` dangles afterwards.
  void erase(Entity& entity);

  void* slot(Entity& entity) const { return reinterpret_cast<char*>(&entity) + slot_offset_; }
  const void* slot(const Entity& entity) const {
    return reinterpret_cast<const char*>(&entity) + slot_offset_;
  }

  std::uint64_t size() const { return size_; }
  // Memory of blocks that are free.
  std::uint64_t free_bytes() const { return free_blocks_.size() * stride_; }

  // Calls `visit(Entity&)` for each, in no order, until it returns false. `visit` must not change the table.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Cell& cell : cells_) {
      if (cell.block != kNoBlock && !visit(*block(cell.block))) return;
    }
  }

 private:
  struct Cell {
    std::uint32_t tag;  // the hash's upper half
    std::uint32_t block;
  };
  struct FreeChunk {
    std::size_t alignment;
    void operator()(std::byte* memory) const;
  };
  using Chunk = std::unique_ptr<std::byte, FreeChunk>;

  static constexpr std::uint32_t kNoBlock = UINT32_MAX;

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  // Ids of 8 to 16 bytes, the usual ones, are compared as two words that may overlap.
  static bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    if (a.size() < 8 || a.size() > 16) return std::memcmp(a.data(), b.data(), a.size()) == 0;
    const auto word = [](const char* from) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, from, sizeof bytes);
      return bytes;
    };
    return word(a.data()) == word(b.data()) && word(a.end() - 8) == word(b.end() - 8);
  }

  // The first entity with the tag of `hash` that `accepts`, or null.
  template <class Accepts>
  Entity* probe(std::uint64_t hash, Accepts&& accepts) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::uint64_t position = hash & mask_;; position = (position + 1) & mask_) {
      const Cell& cell = cells_[position];
      if (cell.block == kNoBlock) return nullptr;
      if (cell.tag != tag) continue;
      Entity* entity = block(cell.block);
      if (accepts(entity)) return entity;
    }
  }

  Entity* block(std::uint32_t number) const {
    const std::uint32_t in_chunk = number & ((1U << blocks_per_chunk_log2_) - 1);
    return reinterpret_cast<Entity*>(chunks_[number >> blocks_per_chunk_log2_].get() + in_chunk * stride_);
  }
  std::uint32_t next_incarnation() {
    if (++last_incarnation_ == 0) ++last_incarnation_;
    return last_incarnation_;
  }
  std::uint32_t take_block();
  void put_cell(std::uint64_t hash, std::uint32_t block);
  void grow();

  std::vector<Cell> cells_;
  std::uint64_t mask_;
  std::uint64_t size_ = 0;
  std::uint64_t slot_offset_;
  std::uint64_t stride_;
  std::size_t alignment_;
  std::uint32_t blocks_per_chunk_log2_;
  std::uint32_t next_block_ = 0;
  std::uint32_t last_incarnation_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> free_blocks_;
};

}  // namespace shoal::lanes
