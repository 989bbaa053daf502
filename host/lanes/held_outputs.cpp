#include "host/lanes/held_outputs.hpp"

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kSpareBatches = 4;
constexpr std::size_t kSpareBytes = 4 * 1024 * 1024;

}  // namespace

void HeldOutputs::add_part(ShardJournal& journal, std::uint64_t ownership, const Outputs::Mark& begin) {
  if (!open_.parts.empty()) {
    const Part& last = open_.parts.back();
    if (last.journal == &journal && last.ownership == ownership) return;
  }
  open_.parts.push_back({&journal, ownership, 0, false, begin});
}

void HeldOutputs::add_record(std::uint64_t assignment, Ticket ticket) {
  if (!open_.records.empty()) {
    Records& last = open_.records.back();
    if (last.assignment == assignment && last.first.value + last.count == ticket.value) {
      ++last.count;
      return;
    }
  }
  open_.records.push_back({assignment, ticket, 1});
}

void HeldOutputs::seal() {
  if (open_.empty()) return;
  open_.bytes = open_.outputs.bytes();
  sealed_bytes_ += open_.bytes;
  sealed_.push_back(std::move(open_));
  if (spare_.empty()) {
    open_ = Batch{};
    return;
  }
  open_ = std::move(spare_.back());
  spare_.pop_back();
}

void HeldOutputs::pop() {
  SHOAL_ASSERT(!sealed_.empty());
  Batch batch = std::move(sealed_.front());
  sealed_.pop_front();
  sealed_bytes_ -= batch.bytes;
  batch.parts.clear();
  batch.records.clear();
  if (spare_.size() < kSpareBatches && batch.bytes <= kSpareBytes) spare_.push_back(std::move(batch));
}

std::size_t HeldOutputs::claimed_asks() const {
  std::size_t claimed = open_.outputs.mail.claimed_asks();
  for (const Batch& batch : sealed_) claimed += batch.outputs.mail.claimed_asks();
  return claimed;
}

}  // namespace shoal::lanes
