#pragma once
// LruEviction: the least recently used entity goes. 8 bytes an entity.

#include <cstdint>
#include <vector>

#include "host/lanes/block_list.hpp"
#include "host/lanes/eviction.hpp"

namespace shoal::lanes {

class LruEviction final : public Eviction {
 public:
  explicit LruEviction(std::uint32_t limit);

  void added(std::uint32_t block, std::uint64_t hash) override;
  void touched(std::uint32_t block, std::uint64_t hash) override;
  void removed(std::uint32_t block) override;
  std::optional<std::uint32_t> victim() const override;
  void set_limit(std::uint32_t limit) override;
  std::uint32_t size() const override { return list_.size(); }
  std::uint64_t bytes() const override { return nodes_.capacity() * sizeof(Node); }

 private:
  struct Node {
    std::uint32_t newer;
    std::uint32_t older;
  };

  std::vector<Node> nodes_;
  BlockList<Node> list_;
  std::uint32_t limit_;
};

}  // namespace shoal::lanes
