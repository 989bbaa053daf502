#pragma once
// StoredStates: the states of one shard's entities that are not in memory as objects: those that are not yet
// in the state store, and which others are there.
//
//   put ─► (its batch ends) stamp ─► (it counts) next_write ─► written: gone from memory
//
// Without a store they stay. States of active entities may be here, too, on their way to the store.
//
// Owned by the shard, used only on its lane. Memory: what is not written yet, which the lane bounds by
// `backlog`, and 8 to 16 bytes for each entity that has ever been here.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "journal/lane_store.hpp"

namespace shoal::lanes {

// Hashes of ids. One that was never added may seem to be there, with a chance of one in 2^64 a pair.
class IdHashes {
 public:
  void add(std::uint64_t hash);
  bool has(std::uint64_t hash) const;
  std::size_t size() const { return size_; }

 private:
  std::size_t place_of(std::uint64_t hash) const;

  std::vector<std::uint64_t> cells_;  // a power of two of them; 0: free
  std::size_t size_ = 0;
};

class StoredStates {
 public:
  // Of a state that the batch at hand will append.
  static constexpr std::uint64_t not_appended = 0;
  // Of one that is put again before it goes.
  static constexpr std::uint64_t held = UINT64_MAX;

  // `backlog`: the bytes of all shards of the lane that are not in the store; null: there is no store.
  explicit StoredStates(std::size_t* backlog) : backlog_(backlog) {}
  ~StoredStates() { clear(); }
  StoredStates(const StoredStates&) = delete;
  StoredStates& operator=(const StoredStates&) = delete;

  bool has_store() const { return backlog_ != nullptr; }

  // `needs`: the sequence of the record that says it. Replaces what is here of the entity, in its place if it
  // is in no write.
  void put(journal::SharedState state, std::uint64_t hash, std::uint64_t needs);
  // Null where it is not here; it may be in the store.
  journal::SharedState find(std::string_view id) const;
  // Whether the store has to be asked, and is all that knows.
  bool is_in_store(std::string_view id, std::uint64_t hash) const {
    return has_store() && hashes_.has(hash) && !index_.contains(id);
  }
  // The store has a state of it.
  void note_in_store(std::uint64_t hash) { hashes_.add(hash); }
  // The entity is active again: what is here is not needed any more, unless it is to go into the store, which
  // has to have all that a checkpoint says.
  void activated(std::string_view id);

  // The batch is over: it has appended all up to and with `through`.
  void stamp(std::uint64_t through);
  // Puts into `states` those that count and are not on their way, in the order of `put`, for about `bytes`.
  // Gives whether there is any. `number` is the write's.
  bool next_write(std::uint64_t counted, std::size_t bytes, std::uint64_t number,
                  std::vector<journal::SharedState>& states);
  void written(std::uint64_t number);

  // Grows with puts. All up to one of these are in writes, they or what has replaced them.
  std::uint64_t puts() const { return puts_; }
  bool given_out(std::uint64_t puts) const;

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& entry : entries_) visit(*entry.state);
  }
  void clear();

 private:
  struct Entry {
    journal::SharedState state;
    std::uint64_t needs;
    std::uint64_t put;
    std::uint64_t write;  // in which it is; 0: in none
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry);
  static std::size_t bytes_of(const Entry& entry);

  std::size_t* backlog_;
  // In the order of `put`: those on their way come first.
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> index_;  // ids are the states' own
  Entries::iterator next_ = entries_.end();                        // the first that is in no write
  IdHashes hashes_;
  std::uint64_t puts_ = 0;
  std::vector<std::string> unstamped_;  // ids that were put since the last stamp
};

}  // namespace shoal::lanes
