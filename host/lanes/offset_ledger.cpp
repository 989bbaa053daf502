#include "host/lanes/offset_ledger.hpp"

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {
constexpr std::size_t kFirstCapacity = 64;
}

OffsetLedger::OffsetLedger(Offset start)
    : ring_(kFirstCapacity), committable_(start), last_offset_(start.value - 1) {}

OffsetLedger::Entry& OffsetLedger::at(Ticket ticket) {
  SHOAL_ASSERT(ticket.value - first_ < count_);
  return ring_[ticket.value & (ring_.size() - 1)];
}

const OffsetLedger::Entry& OffsetLedger::at(Ticket ticket) const {
  SHOAL_ASSERT(ticket.value - first_ < count_);
  return ring_[ticket.value & (ring_.size() - 1)];
}

Ticket OffsetLedger::add(Offset offset, std::uint32_t outputs, RecordEnd end) {
  SHOAL_ASSERT(offset.value > last_offset_);
  last_offset_ = offset.value;
  const Ticket ticket = next_ticket();
  if (outputs == 0 && count_ == 0) {
    // The common case: nothing waits before this record and nothing keeps it.
    ++first_;
    committable_ = Offset{offset.value + 1};
    return ticket;
  }
  if (count_ == ring_.size()) grow();
  ++count_;
  at(ticket) = Entry{offset.value, outputs, end};
  if (outputs > 0) ++unfinished_;
  return ticket;
}

bool OffsetLedger::acknowledge(Ticket ticket) {
  Entry& entry = at(ticket);
  SHOAL_ASSERT(entry.outstanding > 0);
  if (--entry.outstanding > 0) return false;
  --unfinished_;
  pop_finished();
  return true;
}

void OffsetLedger::more(Ticket ticket, std::uint32_t outputs, RecordEnd end) {
  Entry& entry = at(ticket);
  SHOAL_ASSERT(entry.outstanding > 0);
  entry.outstanding += outputs;
  entry.end = end;
}

RecordEnd OffsetLedger::end(Ticket ticket) const { return at(ticket).end; }

void OffsetLedger::pop_finished() {
  while (count_ > 0) {
    const Entry& oldest = ring_[first_ & (ring_.size() - 1)];
    if (oldest.outstanding > 0) return;
    committable_ = Offset{oldest.offset + 1};
    ++first_;
    --count_;
  }
}

void OffsetLedger::grow() {
  std::vector<Entry> larger(ring_.size() * 2);
  for (std::uint64_t ticket = first_; ticket < first_ + count_; ++ticket) {
    larger[ticket & (larger.size() - 1)] = ring_[ticket & (ring_.size() - 1)];
  }
  ring_ = std::move(larger);
}

}  // namespace shoal::lanes
