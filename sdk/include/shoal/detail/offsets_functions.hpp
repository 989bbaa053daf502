#pragma once
// The functions of shoal.offsets/1 for a module's shared object.

#include <cstdint>
#include <vector>

#include "shoal/abi/offsets.h"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/detail/boundary.hpp"
#include "shoal/detail/module_instance.hpp"
#include "shoal/offsets.hpp"

namespace shoal::detail {

// Element `index` of a table whose elements may be larger than this header's.
template <class Byte, class Element>
Element& partition_at(Element* table, std::uint32_t index) {
  return *reinterpret_cast<Element*>(reinterpret_cast<Byte*>(table) + std::uint64_t{index} * table->size);
}

inline std::vector<PartitionOffset> copy_of(const shoal_partition_offset* table, std::uint32_t count) {
  std::vector<PartitionOffset> partitions;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& one = partition_at<const unsigned char>(table, i);
    partitions.emplace_back(one.partition,
                            one.offset < 0 ? std::nullopt : std::optional<std::int64_t>(one.offset));
  }
  return partitions;
}

template <KeepsOffsets Keeper>
struct OffsetsFunctions {
  static Keeper& of(void* instance) {
    return *static_cast<ModuleInstance<Keeper>&>(*static_cast<ModuleInfo*>(instance)).object;
  }

  static shoal_status start_offsets(void* instance, shoal_bytes source, shoal_bytes topic,
                                    shoal_partition_offset* partitions, std::uint32_t partition_count,
                                    const shoal_writer* error) noexcept {
    return guarded(error, [&] {
      auto starts = copy_of(partitions, partition_count);
      of(instance).start_offsets(to_view(source), to_view(topic), std::span(starts));
      for (std::uint32_t i = 0; i < partition_count; ++i) {
        partition_at<unsigned char>(partitions, i).offset = starts[i].offset().value_or(SHOAL_OFFSET_UNKNOWN);
      }
    });
  }

  static shoal_status released(void* instance, shoal_bytes source, shoal_bytes topic,
                               const shoal_partition_offset* partitions, std::uint32_t partition_count,
                               const shoal_writer* error) noexcept {
    return guarded(error, [&] {
      const auto ends = copy_of(partitions, partition_count);
      of(instance).released(to_view(source), to_view(topic), std::span(ends));
    });
  }

  static constexpr shoal_offsets_factory factory{sizeof(shoal_offsets_factory), 0, &start_offsets, &released};
};

}  // namespace shoal::detail
