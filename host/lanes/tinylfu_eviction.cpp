#include "host/lanes/tinylfu_eviction.hpp"

#include <algorithm>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

TinyLfuEviction::TinyLfuEviction(std::uint32_t limit) : limit_(limit) {
  SHOAL_ASSERT(limit > 0);
  divide();
}

void TinyLfuEviction::divide() {
  window_max_ = std::max<std::uint32_t>(1, limit_ / 100);
  const std::uint32_t main_max = limit_ - window_max_;
  protected_max_ = main_max - main_max / 5;
}

BlockList<TinyLfuEviction::Node>& TinyLfuEviction::list(Segment segment) {
  if (segment == Segment::window) return window_;
  return segment == Segment::probation ? probation_ : protected_;
}

void TinyLfuEviction::move(std::uint32_t block, Segment to) {
  list(segment_of(block)).remove(nodes_, block);
  nodes_[block].segment = static_cast<std::uint32_t>(to) & 3;
  list(to).push_newest(nodes_, block);
}

void TinyLfuEviction::added(std::uint32_t block, std::uint64_t hash) {
  make_room(nodes_, block, std::uint64_t{limit_} + 1);
  nodes_[block].hash = sketched(hash) & 0x3fffffffU;
  nodes_[block].segment = static_cast<std::uint32_t>(Segment::window);
  window_.push_newest(nodes_, block);
  // Who is seen how often says nothing while there is room for all.
  if (sketch_.is_empty() && size() > limit_ / 2) sketch_.resize(limit_);
  sketch_.increment(sketched(hash));
  settle();
}

void TinyLfuEviction::touched(std::uint32_t block, std::uint64_t hash) {
  sketch_.increment(sketched(hash));
  const Segment segment = segment_of(block);
  if (segment != Segment::probation || protected_max_ == 0) {
    list(segment).move_to_newest(nodes_, block);
    return;
  }
  move(block, Segment::protected_main);
  if (protected_.size() > protected_max_) move(protected_.oldest(), Segment::probation);
}

void TinyLfuEviction::removed(std::uint32_t block) {
  list(segment_of(block)).remove(nodes_, block);
  settle();
}

// While the shard is over its limit the window's overflow stays where it is: it is the newcomer that `victim`
// compares.
void TinyLfuEviction::settle() {
  while (window_.size() > window_max_ && size() <= limit_) move(window_.oldest(), Segment::probation);
}

std::optional<std::uint32_t> TinyLfuEviction::victim() const {
  if (size() <= limit_) return std::nullopt;
  const std::uint32_t resident = probation_.size() > 0 ? probation_.oldest() : protected_.oldest();
  if (window_.size() <= window_max_) return resident;
  const std::uint32_t newcomer = window_.oldest();
  if (resident == no_block) return newcomer;
  return sketch_.estimate(nodes_[newcomer].hash) > sketch_.estimate(nodes_[resident].hash) ? resident
                                                                                           : newcomer;
}

void TinyLfuEviction::set_limit(std::uint32_t limit) {
  SHOAL_ASSERT(limit > 0);
  if (limit == limit_) return;
  limit_ = limit;
  divide();
  // The old counts are lost: they stand where another size put them.
  sketch_.resize(size() > limit_ / 2 ? limit_ : 0);
  while (protected_.size() > protected_max_) move(protected_.oldest(), Segment::probation);
  settle();
}

}  // namespace shoal::lanes
