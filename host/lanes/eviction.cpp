#include "host/lanes/eviction.hpp"

#include "host/lanes/lru_eviction.hpp"
#include "host/lanes/tinylfu_eviction.hpp"

namespace shoal::lanes {

std::unique_ptr<Eviction> make_eviction(EvictionPolicy policy, std::uint32_t limit) {
  if (policy == EvictionPolicy::tinylfu) return std::make_unique<TinyLfuEviction>(limit);
  return std::make_unique<LruEviction>(limit);
}

}  // namespace shoal::lanes
