#pragma once
// Offsets that a module keeps: where sources with offsets = "module:ID" begin, and where they have ended.
//
//   struct Store {
//     explicit Store(const shoal::Config& config);
//     void start_offsets(std::string_view source, std::string_view topic,
//                        std::span<shoal::PartitionOffset> partitions);
//     void released(std::string_view source, std::string_view topic,
//                   std::span<const shoal::PartitionOffset> partitions);
//   };
//   SHOAL_MODULE("own", "1.0.0", shoal::shared<Store>(), shoal::entity<…>…)
//
// A shared object with both functions is asked and told; what they throw is a failure with its text. The host
// calls them one at a time from a thread that is for them only, so they may wait for a database. Turns reach
// the same object by ctx.shared<Store>(), also meanwhile. shoal/abi/offsets.h says when each is called.

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "shoal/abi/offsets.h"

namespace shoal {

class PartitionOffset {
 public:
  explicit PartitionOffset(std::int32_t partition, std::optional<std::int64_t> offset = std::nullopt)
      : partition_(partition), offset_(offset) {}

  std::int32_t partition() const { return partition_; }
  // Of the record to be read next; std::nullopt where none is known, and the source's `start` counts.
  std::optional<std::int64_t> offset() const { return offset_; }

  void set(std::int64_t offset) {
    if (offset < 0) throw std::invalid_argument("an offset is 0 or more");
    offset_ = offset;
  }

 private:
  std::int32_t partition_;
  std::optional<std::int64_t> offset_;
};

template <class T>
concept KeepsOffsets = requires(T& keeper, std::string_view text, std::span<PartitionOffset> starts,
                                std::span<const PartitionOffset> ends) {
                         { keeper.start_offsets(text, text, starts) } -> std::same_as<void>;
                         { keeper.released(text, text, ends) } -> std::same_as<void>;
                       };

}  // namespace shoal
