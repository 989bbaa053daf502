#include "host/lanes/dead_letter_log.hpp"

#include <algorithm>
#include <utility>

namespace shoal::lanes {

DeadLetterLog::DeadLetterLog(std::uint32_t lane_count) {
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) rings_.push_back(std::make_unique<Ring>());
}

void DeadLetterLog::add(LaneIndex lane, DeadLetterEntry entry) {
  entry.detail.resize(std::min(entry.detail.size(), detail_bytes_max));
  Ring& ring = *rings_[lane.value];
  const std::lock_guard lock(ring.mutex);
  if (ring.entries.size() >= kept_by_lane) ring.entries.pop_front();
  entry.number = last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
  ring.entries.push_back(std::move(entry));
}

// All rings at once: a number that was given is then in its ring, so that none comes behind the reader's
// back.
DeadLetterLog::Page DeadLetterLog::read(std::optional<std::uint64_t> after, std::size_t limit) const {
  std::vector<std::unique_lock<std::mutex>> locks;
  locks.reserve(rings_.size());
  for (const auto& ring : rings_) locks.emplace_back(ring->mutex);
  const std::uint64_t last = last_number_.load(std::memory_order_relaxed);
  const std::uint64_t from = std::min(after.value_or(0), last);
  std::vector<const DeadLetterEntry*> found;
  for (const auto& ring : rings_) {
    for (const DeadLetterEntry& entry : ring->entries) {
      if (entry.number > from) found.push_back(&entry);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto* left, const auto* right) { return left->number < right->number; });
  Page page;
  page.last = last;
  if (found.size() > limit) {
    if (after) {
      found.resize(limit);
      page.last = limit == 0 ? from : found.back()->number;
    } else {
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
    }
  }
  for (const DeadLetterEntry* entry : found) page.entries.push_back(*entry);
  if (after) page.missed = page.last - from - page.entries.size();
  return page;
}

}  // namespace shoal::lanes
