#include "host/lanes/lru_eviction.hpp"

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

LruEviction::LruEviction(std::uint32_t limit) : limit_(limit) { SHOAL_ASSERT(limit > 0); }

void LruEviction::added(std::uint32_t block, std::uint64_t /*hash*/) {
  make_room(nodes_, block, std::uint64_t{limit_} + 1);
  list_.push_newest(nodes_, block);
}

void LruEviction::touched(std::uint32_t block, std::uint64_t /*hash*/) {
  list_.move_to_newest(nodes_, block);
}

void LruEviction::removed(std::uint32_t block) { list_.remove(nodes_, block); }

std::optional<std::uint32_t> LruEviction::victim() const {
  if (list_.size() <= limit_) return std::nullopt;
  return list_.oldest();
}

void LruEviction::set_limit(std::uint32_t limit) {
  SHOAL_ASSERT(limit > 0);
  limit_ = limit;
}

}  // namespace shoal::lanes
