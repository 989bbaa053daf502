#pragma once
// OffsetLedger: which records of one assigned partition have finished, and up to where its offset may be
// committed.
//
// Pure: no clock, no I/O. Owned by one lane and used only there. A record is finished when its turn has ended
// and its outputs are acknowledged; the committable offset covers only the contiguous prefix of finished
// records. Offsets arrive in ascending order and may have holes (compaction, transactions).

#include <cstdint>
#include <vector>

#include "shoal/base/ids.hpp"

namespace shoal::lanes {

enum class RecordEnd : std::uint8_t { done, dead_letter };

// Names one record of a ledger. Counts up from 0 by one a record and is never reused.
using Ticket = StrongId<struct TicketTag, std::uint64_t>;

class OffsetLedger {
 public:
  // `start` is the offset of the first record that may arrive; until one finishes it is the next to commit.
  explicit OffsetLedger(Offset start);

  // The ticket the next `add` will give: outputs are labelled with it before the turn has ended.
  Ticket next_ticket() const { return Ticket{first_ + count_}; }

  // A record whose turn has ended with `outputs` outputs still to be acknowledged.
  // Requires: `offset` is greater than that of the record before.
  Ticket add(Offset offset, std::uint32_t outputs, RecordEnd end);

  // One output of the record is acknowledged. True when that finished the record; `end(ticket)` told before
  // says how. Requires: the record has an output outstanding.
  bool acknowledge(Ticket ticket);

  // The record has so many outputs more, and it may end in another way than was thought: both for a record
  // whose turn came later. Requires: it is in flight.
  void more(Ticket ticket, std::uint32_t outputs, RecordEnd end);

  // The ticket in the window whose lower `bits` bits are `low`. Requires: the window is smaller than 2^bits.
  Ticket ticket_of(std::uint64_t low, unsigned bits) const {
    return Ticket{first_ + ((low - first_) & ((std::uint64_t{1} << bits) - 1))};
  }

  // How the record ends. Requires: it is in flight.
  RecordEnd end(Ticket ticket) const;

  // One past the highest offset of the contiguous prefix of finished records.
  Offset committable() const { return committable_; }

  // Records taken and not yet out of the window: unfinished ones, and finished ones behind an unfinished one.
  std::uint64_t window() const { return count_; }

  std::uint64_t unfinished() const { return unfinished_; }

 private:
  struct Entry {
    std::int64_t offset;
    std::uint32_t outstanding;
    RecordEnd end;
  };

  Entry& at(Ticket ticket);
  const Entry& at(Ticket ticket) const;
  void grow();
  void pop_finished();

  std::vector<Entry> ring_;  // a power of two long
  std::uint64_t first_ = 0;  // ticket of the oldest entry
  std::uint64_t count_ = 0;  // entries in the ring
  std::uint64_t unfinished_ = 0;
  Offset committable_;
  std::int64_t last_offset_;  // of the record added last
};

}  // namespace shoal::lanes
