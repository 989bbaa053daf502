#pragma once
// Eviction: which entity of a shard leaves memory when more than its limit are active.
//
// Pure, owned by one lane. A shard without a limit has no Eviction at all. An entity is named by its block's
// number in the shard's table; what a policy keeps of it stands in an array indexed by that number. When the
// shard is over its limit it asks for victims until there is none:
//
//   while (const auto block = eviction.victim()) { last turn of block; eviction.removed(*block); }
//
// A victim that must not go now (it waits for a reply) is `touched` instead, after which another one is less
// wanted. Where many must stay the caller bounds its tries: the limit is then exceeded until they may go.

#include <cstdint>
#include <memory>
#include <optional>

namespace shoal::lanes {

enum class EvictionPolicy : std::uint8_t {
  lru,      // the least recently used one
  tinylfu,  // the one used least often of two that are both not used recently: a scan does not empty the
            // shard
};

class Eviction {
 public:
  Eviction() = default;
  virtual ~Eviction() = default;
  Eviction(const Eviction&) = delete;
  Eviction& operator=(const Eviction&) = delete;

  // An entity has become active. `hash` is its id's. Requires: the block is not in here.
  virtual void added(std::uint32_t block, std::uint64_t hash) = 0;
  // A message reaches an active entity; not called for the message that `added` it.
  // Requires: the block was added with this hash.
  virtual void touched(std::uint32_t block, std::uint64_t hash) = 0;
  // Requires: the block is in here.
  virtual void removed(std::uint32_t block) = 0;

  // Who has to go; no value while the limit holds. The same one until something changes. Right after
  // `added` never that one.
  virtual std::optional<std::uint32_t> victim() const = 0;

  // Requires: `limit` > 0.
  virtual void set_limit(std::uint32_t limit) = 0;

  virtual std::uint32_t size() const = 0;
  // Memory of the policy itself.
  virtual std::uint64_t bytes() const = 0;
};

// Requires: `limit` > 0.
std::unique_ptr<Eviction> make_eviction(EvictionPolicy policy, std::uint32_t limit);

}  // namespace shoal::lanes
