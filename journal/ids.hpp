#pragma once
// Ids of the journal: what names a log, an ownership of it, and a record in it.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "shoal/base/ids.hpp"

namespace shoal::journal {

// Names a type in records, where 64 bytes of text would be too many: the CRC32C of the type's name, so that
// hosts which share a journal need not agree on a table. A journal refuses a second name with the same
// number.
using TypeNumber = StrongId<struct TypeNumberTag, std::uint32_t>;
TypeNumber type_number(std::string_view type_name);

// The log of one shard of one type, within a journal.
struct LogShard {
  TypeNumber type;
  ShardId shard;
  friend constexpr auto operator<=>(const LogShard&, const LogShard&) = default;
};

// An ownership of a shard's log; the first is 1. Of two, the higher one is the newer.
using Epoch = StrongId<struct EpochTag, std::uint64_t>;

// The place of a record in the log of its shard; the first is 1. Dense along the epochs that hold: an epoch
// goes on where its sealed predecessor ended, so that what one owner wrote and the next one had to write
// again is the same record with the same sequence. (shard, sequence, index of the emit) is therefore an id
// that lasts.
using Sequence = StrongId<struct SequenceTag, std::uint64_t>;

// One opening of a file log by one lane: its data file. Unique within a journal directory.
using Generation = StrongId<struct LogGenerationTag, std::uint64_t>;

// Who claims: drawn at random when a process starts, so that a process started again is another owner.
using OwnerId = StrongId<struct OwnerIdTag, std::uint64_t>;

// Why somebody claims: the number of a decision in the ownership of the coordinator that made it. Compared as
// the pair; each names one home.
struct Decision {
  std::uint64_t coordinator_epoch = 0;
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const Decision&, const Decision&) = default;
};

// Random, drawn when a journal is made; what was written for one journal is not believed in another.
using JournalId = std::array<std::uint8_t, 16>;

}  // namespace shoal::journal

template <>
struct std::hash<shoal::journal::LogShard> {
  std::size_t operator()(const shoal::journal::LogShard& shard) const noexcept {
    const std::uint64_t both = std::uint64_t{shard.type.value} << 32 | shard.shard.value;
    return std::hash<std::uint64_t>{}(both * 0x9e3779b97f4a7c15U);
  }
};
