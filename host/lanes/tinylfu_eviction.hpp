#pragma once
// TinyLfuEviction: W-TinyLFU, after Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache
// Management".
//
//   added ──► window (1 %) ──► probation (a fifth of the rest) ◄──► protected (four fifths)
//                                 touched: to protected; its overflow comes back
//
// An entity that leaves the window of a full shard is compared with the oldest on probation: the one seen
// less often of late goes, and of equals the newcomer. So entities that are used once, as by a scan, push
// only each other out. 12 bytes an entity and 4 of the sketch, which is made when the shard is half full.

#include <cstdint>
#include <vector>

#include "host/lanes/block_list.hpp"
#include "host/lanes/eviction.hpp"
#include "host/lanes/frequency_sketch.hpp"

namespace shoal::lanes {

class TinyLfuEviction final : public Eviction {
 public:
  explicit TinyLfuEviction(std::uint32_t limit);

  void added(std::uint32_t block, std::uint64_t hash) override;
  void touched(std::uint32_t block, std::uint64_t hash) override;
  void removed(std::uint32_t block) override;
  std::optional<std::uint32_t> victim() const override;
  void set_limit(std::uint32_t limit) override;
  std::uint32_t size() const override { return window_.size() + probation_.size() + protected_.size(); }
  std::uint64_t bytes() const override { return nodes_.capacity() * sizeof(Node) + sketch_.bytes(); }

 private:
  enum class Segment : std::uint32_t { window, probation, protected_main };
  // The upper 30 bits of the id's hash are enough for the sketch and leave room for the segment.
  static constexpr std::uint32_t kHashShift = 34;
  struct Node {
    std::uint32_t newer;
    std::uint32_t older;
    std::uint32_t hash : 30;
    std::uint32_t segment : 2;
  };

  static std::uint32_t sketched(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> kHashShift); }
  Segment segment_of(std::uint32_t block) const { return Segment{nodes_[block].segment}; }
  BlockList<Node>& list(Segment segment);
  void move(std::uint32_t block, Segment to);
  void divide();
  void settle();

  std::vector<Node> nodes_;
  BlockList<Node> window_;
  BlockList<Node> probation_;
  BlockList<Node> protected_;
  FrequencySketch sketch_;
  std::uint32_t limit_;
  std::uint32_t window_max_ = 0;
  std::uint32_t protected_max_ = 0;
};

}  // namespace shoal::lanes
