#pragma once
// Lookahead: brings what the next records or messages will touch into the cache while one runs, in three
// steps, each once the one before is there: the table of the shard, the cell where the entity is found, the
// entity.
//
// Lives as long as the entities' lane runs one batch or parcel. [lane]

#include <array>
#include <cstddef>
#include <cstdint>

#include "host/lanes/shard.hpp"

namespace shoal::lanes {

// Where a record or message goes. `entity` is a guess: it may have ended, or be another one.
struct Heading {
  Shard* shard = nullptr;  // null: nothing to look up
  std::uint64_t hash = 0;
  Entity* entity = nullptr;
};

class Lookahead {
 public:
  static constexpr std::size_t steps_ahead = 16;
  static constexpr std::size_t cells_ahead = 8;
  static constexpr std::size_t entities_ahead = 4;

  // Takes in the heading of what comes `steps_ahead` from now, and gives that of what is to run now. The
  // first `steps_ahead` calls only take in.
  Heading step(const Heading& last) {
    Heading& place = headings_[steps_ % steps_ahead];
    const Heading now = place;
    place = last;
    if (last.shard != nullptr) last.shard->prefetch();
    const Heading& near = headings_[(steps_ + cells_ahead) % steps_ahead];
    if (near.shard != nullptr) near.shard->prefetch_cell(near.hash);
    Heading& nearer = headings_[(steps_ + entities_ahead) % steps_ahead];
    if (nearer.shard != nullptr) nearer.entity = nearer.shard->prefetch_entity(nearer.hash);
    ++steps_;
    return now;
  }

 private:
  std::size_t steps_ = 0;
  std::array<Heading, steps_ahead> headings_{};
};

}  // namespace shoal::lanes
