#pragma once
// Outbox: the records a lane's turns want to send to Kafka, kept as data until their turn has ended well and
// the producer has taken them.
//
// Owned and used by one lane. Everything is copied into one byte arena which is reused batch after batch, so
// that a steady lane allocates nothing. A turn that fails is rolled back to the mark taken before it. Bounded
// in bytes: a turn that would pass that is refused.

#include <cstdint>
#include <span>
#include <vector>

#include "shoal/abi/entity.h"

namespace shoal::lanes {

inline constexpr std::size_t outbox_bytes_max = 64 * 1024 * 1024;

// Where a record goes: the number of a sink, or of a source's dead-letter topic, in the lane's table of
// outputs.
using OutputIndex = std::uint32_t;

// One record to be sent. Views live until the outbox is changed.
struct OutboxRecord {
  OutputIndex output;
  std::uint64_t tag;  // comes back with the delivery report
  shoal_bytes key;
  shoal_bytes value;
  std::span<const shoal_header> headers;
  std::int64_t timestamp_ms;  // -1: the time it is sent
};

// Whether key, value and headers together have at most `bytes_max` bytes; no sum wraps around.
bool fits(const OutboxRecord& record, std::size_t bytes_max);

class Outbox {
 public:
  struct Mark {
    std::size_t records;
    std::size_t headers;
    std::size_t bytes;
  };

  // Holds at most so many bytes.
  explicit Outbox(std::size_t bytes_max = outbox_bytes_max) : bytes_max_(bytes_max) {}

  Mark mark() const { return {records_.size(), headers_.size(), bytes_.size()}; }
  void roll_back(const Mark& mark);

  // Copies the record in. False where it would pass the bound; nothing was taken then.
  bool add(const OutboxRecord& record);

  // Calls `visit(const OutboxRecord&)` for `count` records from the mark on. The view lives for the call.
  template <class Visit>
  void for_each(const Mark& from, std::size_t count, Visit&& visit) {
    for (std::size_t at = from.records; at < from.records + count; ++at) visit(record_at(at));
  }

  std::size_t records_since(const Mark& mark) const { return records_.size() - mark.records; }
  std::size_t bytes() const { return bytes_.size(); }
  bool empty() const { return next_ == records_.size(); }
  // Records taken out since it was last empty: marks count them.
  std::size_t taken() const { return next_; }

  // The oldest record. Requires: not empty. The view lives until the next call of any member but `pop`.
  OutboxRecord front() { return record_at(next_); }
  // Takes the oldest record out; the last one frees the arena for reuse.
  void pop();

 private:
  struct Range {
    std::size_t at;
    std::size_t size;  // kNull: null bytes
  };
  struct Stored {
    OutputIndex output;
    std::uint32_t header_count;
    std::uint64_t tag;
    std::int64_t timestamp_ms;
    Range key;
    Range value;
    std::size_t first_header;
  };
  struct StoredHeader {
    Range name;
    Range value;
  };

  OutboxRecord record_at(std::size_t at);
  Range store(shoal_bytes bytes);
  shoal_bytes view(Range range) const;

  std::vector<Stored> records_;
  std::vector<StoredHeader> headers_;
  std::vector<std::uint8_t> bytes_;
  std::vector<shoal_header> front_headers_;
  std::size_t next_ = 0;
  std::size_t bytes_max_;
};

}  // namespace shoal::lanes
