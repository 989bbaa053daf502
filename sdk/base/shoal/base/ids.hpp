#pragma once
// Strong ids: two numbers that mean different things have different types.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace shoal {

template <class Tag, class Representation>
struct StrongId {
  Representation value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Representation representation) : value(representation) {}
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

using ShardId = StrongId<struct ShardTag, std::uint32_t>;
using LaneIndex = StrongId<struct LaneTag, std::uint32_t>;
using Partition = StrongId<struct PartitionTag, std::int32_t>;
using Offset = StrongId<struct OffsetTag, std::int64_t>;

}  // namespace shoal

template <class Tag, class Representation>
struct std::hash<shoal::StrongId<Tag, Representation>> {
  std::size_t operator()(shoal::StrongId<Tag, Representation> id) const noexcept {
    return std::hash<Representation>{}(id.value);
  }
};
