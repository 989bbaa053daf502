#pragma once
// StateStore: the states of entities that are not active, on this host's disk. A cache: the logs are the
// truth, and whatever is wrong with the store costs time, never state. It may be deleted while the host is
// down; nothing in it is ever synced.
//
//   write(shard, states, mark) … ─► read, walk ─► (the mark does not stand, a value is damaged) ─► drop ─►
//   write …
//
// Rules for who writes:
// - Only what has counted is written. The store cannot know that; it believes its caller.
// - States and the mark that they make true are one write: after a crash both are there or neither. A crash
// of
//   the machine may take the last writes away, from the newest back, so that the mark is an older one.
// - A mark is judged by `judge` (journal/store_mark.hpp) before anything of its shard is believed; where it
//   does not stand, or anything is damaged, the shard is dropped and made again from its log.
//
// Calls wait for the disk, so a lane does not make them. Any thread may call; the caller sees to it that
// writes and drops of one shard are one after the other. Views that are given in are borrowed for the call.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/ids.hpp"
#include "journal/record.hpp"
#include "journal/store_mark.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

// A state as it was read, with bytes of its own.
struct ReadState {
  std::string entity;
  std::uint64_t revision = 0;
  std::uint32_t version = 0;
  std::string bytes;

  StoredState view() const { return {entity, revision, version, bytes}; }
};

// The states of one shard in the order of their ids, as they were when the walk began, whatever is written
// meanwhile. One thread at a time; it must not outlive its store.
class StoreWalk {
 public:
  virtual ~StoreWalk() = default;
  // None at the end. An error ends it, too: `refused` where a value is damaged.
  virtual Result<std::optional<ReadState>> next() = 0;
};

// Of the whole store, about: the database counts as it merges.
struct StoreSize {
  std::uint64_t entities = 0;
  std::uint64_t disk_bytes = 0;
};

class StateStore {
 public:
  virtual ~StateStore() = default;

  // None: nothing of the shard is here. refused: the mark is damaged.
  virtual Result<std::optional<StoreMark>> mark(LogShard shard) = 0;

  // Puts the states in the place of those that the entities had. All of it or nothing is there afterwards.
  virtual Result<void> write(LogShard shard, std::span<const StoredState> states, const StoreMark& mark) = 0;

  // In the order of the ids; none of an entity that is not here. refused: a value is damaged.
  virtual Result<std::vector<std::optional<ReadState>>> read(LogShard shard,
                                                             std::span<const std::string_view> entities) = 0;

  virtual std::unique_ptr<StoreWalk> walk(LogShard shard) = 0;

  // Forgets the shard: its states and its mark.
  virtual Result<void> drop(LogShard shard) = 0;

  virtual StoreSize size() = 0;
};

}  // namespace shoal::journal
