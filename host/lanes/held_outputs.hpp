#pragma once
// HeldOutputs: what the turns of durable shards want to send, and the records those turns were of, until what
// the turns changed counts.
//
// Owned and used by one lane; no clock, no I/O. Turns send into the open batch. `seal` closes it; sealed
// batches leave in order, the oldest first, when each of its parts may. A part is what turns of one shard,
// one after another, have sent.

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "host/lanes/offset_ledger.hpp"
#include "host/lanes/outputs.hpp"

namespace shoal::lanes {

class ShardJournal;

class HeldOutputs {
 public:
  struct Part {
    ShardJournal* journal;
    std::uint64_t ownership;  // of the shard's log, as it was
    std::uint64_t needs = 0;  // the sequence that must count: known when the batch has ended
    bool appended = false;    // in this batch: then that it counts is proof enough
    Outputs::Mark begin;
  };
  // Records of one assignment whose turns ran one after another: each holds one place in its ledger.
  struct Records {
    std::uint64_t assignment;
    Ticket first;
    std::uint64_t count;
  };
  struct Batch {
    Outputs outputs;
    std::vector<Part> parts;
    std::vector<Records> records;
    std::size_t bytes = 0;  // of the outputs, when it was sealed

    bool empty() const { return parts.empty() && records.empty() && outputs.empty(); }
  };

  Batch& open() { return open_; }
  const Batch& open() const { return open_; }
  // A turn of the shard has ended that has sent or changed something: all from `begin` on is the shard's,
  // until another one's turn.
  void add_part(ShardJournal& journal, std::uint64_t ownership, const Outputs::Mark& begin);
  void add_record(std::uint64_t assignment, Ticket ticket);

  void seal();
  // The oldest sealed batch; null where there is none.
  Batch* front() { return sealed_.empty() ? nullptr : &sealed_.front(); }
  // Takes it out; its memory is used again. Requires: its outputs have been taken.
  void pop();

  bool empty() const { return open_.empty() && sealed_.empty(); }
  // Of all batches.
  std::size_t bytes() const { return sealed_bytes_ + open_.outputs.bytes(); }
  std::size_t batches() const { return sealed_.size(); }
  // Asks that wait here: nobody else may take their room.
  std::size_t claimed_asks() const;

 private:
  Batch open_;
  std::deque<Batch> sealed_;
  std::vector<Batch> spare_;
  std::size_t sealed_bytes_ = 0;
};

}  // namespace shoal::lanes
