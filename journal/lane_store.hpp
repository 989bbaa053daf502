#pragma once
// LaneStore: the state store as a lane sees it. One per lane; the lane never waits: what it asks for is done
// elsewhere (StoreThread), what came of it is taken out with `poll`.
//
//   open ─► StoreOpened ─► write… ─► StatesWritten…
//                          read   ─► StatesRead
//                          walk   ─► StatesWalked, walk ─► … is_end
//
// Opens, writes and walks of a lane are done one after the other, so that a walk has all that was written
// before it. Reads may overtake them: the lane asks for what it knows to be written.
//
// StoreFailed: what the store has of the shard cannot be believed and has been dropped; nothing more comes of
// that shard until it is opened again. A write for which the disk has no room, or which fails, stays and is
// tried again: StoreStuck is said once, StoreGoesOn when it is over.
//
// All calls: [lane].

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "journal/chain.hpp"
#include "journal/state_store.hpp"
#include "journal/store_mark.hpp"

namespace shoal::journal {

// A shard in one time that a lane owned its log: what comes of an earlier one is void.
struct StoreShard {
  LogShard shard;
  std::uint64_t ownership = 0;
  friend bool operator==(const StoreShard&, const StoreShard&) = default;
};

// Shared with the lane, which may need it before it is written.
using SharedState = std::shared_ptr<const ReadState>;

struct StoreWrite {
  StoreShard of;
  std::uint64_t number = 0;  // grows with each write of the shard
  std::vector<SharedState> states;
  StoreMark mark;
};

struct StoreOpened {
  StoreShard of;
  std::optional<StoreMark> mark;  // that stands; none: the store has nothing of the shard now
  std::string dropped;            // why it was dropped; empty: it was not there, or it stands
};

// Through that number.
struct StatesWritten {
  StoreShard of;
  std::uint64_t number = 0;
};

struct StatesRead {
  StoreShard of;
  std::vector<std::pair<std::string, SharedState>> states;  // null: the store has none of that entity
};

struct StatesWalked {
  StoreShard of;
  std::vector<ReadState> states;
  bool is_end = false;
};

struct StoreFailed {
  StoreShard of;
  std::string message;
};

class StoreListener {
 public:
  virtual void store_opened(const StoreOpened& outcome) = 0;
  virtual void states_written(const StatesWritten& outcome) = 0;
  virtual void states_read(const StatesRead& outcome) = 0;
  virtual void states_walked(const StatesWalked& outcome) = 0;
  virtual void store_failed(const StoreFailed& outcome) = 0;
  virtual void store_stuck(const std::string& message) = 0;
  virtual void store_goes_on() = 0;

 protected:
  ~StoreListener() = default;
};

class LaneStore {
 public:
  virtual ~LaneStore() = default;

  // Drops what is there of the shard unless its mark stands in these epochs.
  virtual void open(StoreShard of, std::vector<OwnedEpoch> epochs) = 0;
  virtual void write(StoreWrite write) = 0;
  virtual void read(StoreShard of, std::vector<std::string> entities) = 0;
  // Goes on with the walk over the shard for about so many bytes; the first call, and the first after its
  // end or an `open`, begins one.
  virtual void walk(StoreShard of, std::size_t bytes) = 0;

  // Calls the listener for all that came of anything so far; false where there was nothing.
  virtual bool poll(StoreListener& listener) = 0;
};

}  // namespace shoal::journal
