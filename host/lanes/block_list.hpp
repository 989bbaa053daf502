#pragma once
// BlockList: a list of blocks from the most to the least recently used, threaded through an array of nodes
// that the owner indexes by block number. Several lists may share the array; a block is in one at a time.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace shoal::lanes {

inline constexpr std::uint32_t no_block = UINT32_MAX;

// Makes room for `block`. Beyond the expected number of nodes the array grows by an eighth, so that little of
// it is ever unused.
template <class Node>
void make_room(std::vector<Node>& nodes, std::uint32_t block, std::uint64_t expected) {
  const std::uint64_t needed = std::uint64_t{block} + 1;
  if (needed <= nodes.size()) return;
  if (needed > nodes.capacity()) {
    const std::uint64_t doubled = std::max<std::uint64_t>(nodes.size() * 2, 16);
    const std::uint64_t careful = std::max<std::uint64_t>(expected, nodes.size() + nodes.size() / 8);
    nodes.reserve(std::max(needed, std::min(doubled, careful)));
  }
  nodes.resize(needed);
}

// Node has the members `newer` and `older`.
template <class Node>
class BlockList {
 public:
  std::uint32_t newest() const { return newest_; }
  std::uint32_t oldest() const { return oldest_; }
  std::uint32_t size() const { return size_; }

  // Requires: the block is in no list.
  void push_newest(std::vector<Node>& nodes, std::uint32_t block) {
    nodes[block].newer = no_block;
    nodes[block].older = newest_;
    (newest_ == no_block ? oldest_ : nodes[newest_].newer) = block;
    newest_ = block;
    ++size_;
  }

  // Requires: the block is in this list.
  void remove(std::vector<Node>& nodes, std::uint32_t block) {
    const std::uint32_t newer = nodes[block].newer;
    const std::uint32_t older = nodes[block].older;
    (newer == no_block ? newest_ : nodes[newer].older) = older;
    (older == no_block ? oldest_ : nodes[older].newer) = newer;
    --size_;
  }

  // Requires: the block is in this list.
  void move_to_newest(std::vector<Node>& nodes, std::uint32_t block) {
    if (block == newest_) return;
    remove(nodes, block);
    push_newest(nodes, block);
  }

 private:
  std::uint32_t newest_ = no_block;
  std::uint32_t oldest_ = no_block;
  std::uint32_t size_ = 0;
};

}  // namespace shoal::lanes
