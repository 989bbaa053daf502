#pragma once
// Remembered: the ids of one shard's entities that run again after a restart, the most recent last, and which
// of them are still to be started. Pure: the log says who is remembered, the shard who runs.
//
// Owned by the shard's ShardJournal and used only on its lane. Memory: the bytes of an id, 2 more, and 9 to
// 16 of the table; as much again of ids that have gone or moved, before they are packed. Packing takes all
// ids in one go, after at least half as many changes. Unbounded but for that one shard has 4 GiB of ids.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::lanes {

class Remembered {
 public:
  // Remembers the entity, as the most recent one and running. False: it was remembered already. `hash` is
  // hash_of(id), here and below.
  bool add(std::string_view id, std::uint64_t hash);
  // False: it was not remembered.
  bool remove(std::string_view id, std::uint64_t hash);
  bool has(std::string_view id, std::uint64_t hash) const { return find(id, hash) != kFree; }
  std::size_t size() const { return size_; }
  // Memory.
  std::size_t bytes() const { return ids_.capacity() + cells_.capacity() * sizeof(Cell); }
  void clear();

  // --- who is to be started
  // All of them are.
  void start_all();
  // It runs, or something else will make it run.
  void started(std::string_view id, std::uint64_t hash);
  // It ended without wanting to: it is to be started once more, before all others. Nothing where it is not
  // remembered.
  void start_again(std::string_view id, std::uint64_t hash);
  // Nobody is to be started any more.
  void start_none();
  // How many are.
  std::size_t waiting() const { return waiting_ + again_.size(); }
  // The next one that is to be started, the most recent first: now it is not any more. None where there is
  // none.
  std::optional<std::string> next_start();

  // --- all of them, in steps; the oldest first
  // Who is added or taken away from now on need not be in it. Nobody moves until it has ended.
  void begin_walk();
  bool is_walking() const { return walked_.has_value(); }
  // The next ids, at least one and at most `bytes` where each costs `beside` beside its own, views until the
  // next change; none: the walk has ended.
  std::vector<std::string_view> walk(std::size_t bytes, std::size_t beside);

 private:
  // In `ids_` each is a head of 2 bytes (its size, and the flags below), then the id.
  static constexpr std::uint32_t kIsGone = 0x8000;
  static constexpr std::uint32_t kIsWaiting = 0x4000;
  static constexpr std::uint32_t kSizeMask = 0x07ff;
  struct Cell {
    std::uint32_t tag;  // of the hash
    std::uint32_t at;   // in `ids_`, or kFree
  };
  static constexpr std::uint32_t kFree = UINT32_MAX;

  std::uint32_t head(std::size_t at) const;
  void set_head(std::size_t at, std::uint32_t head);
  std::string_view id_at(std::size_t at) const { return {ids_.data() + at + 2, head(at) & kSizeMask}; }
  std::size_t end_of(std::size_t at) const { return at + 2 + (head(at) & kSizeMask); }
  std::size_t home_of(std::uint64_t hash) const;
  std::size_t after(std::size_t place) const { return place + 1 == cells_.size() ? 0 : place + 1; }
  // Its place in the table; that of the free cell where it would stand. Requires: the table has cells.
  std::size_t place_of(std::string_view id, std::uint64_t hash) const;
  // Where it stands in `ids_`, or kFree.
  std::uint32_t find(std::string_view id, std::uint64_t hash) const;
  std::uint32_t append(std::string_view id);
  void mark_gone(std::size_t at);
  void stop_waiting(std::size_t at);
  void free_cell(std::size_t place);
  void make_table(std::size_t cells);
  void pack_if_due();
  void divide_starts();

  std::vector<char> ids_;
  std::size_t gone_bytes_ = 0;  // of those in `ids_` that have gone or moved
  std::vector<Cell> cells_;     // open addressing, linear probing
  std::size_t size_ = 0;
  std::size_t waiting_ = 0;            // by their flags
  std::deque<std::string> again_;      // beside these
  std::vector<std::uint32_t> starts_;  // places that may be waiting, the next one last
  std::vector<std::size_t> parts_;  // begins of parts of `ids_` that have not been looked at, the last last
  std::size_t parts_end_ = 0;
  std::optional<std::size_t> walked_;  // up to here
  std::size_t walk_end_ = 0;
};

}  // namespace shoal::lanes
