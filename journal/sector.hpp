#pragma once
// Sectors: what the journal writes in one piece of 512 bytes, which a disk writes whole or not at all: the
// journal's identity, a claim, the head of a segment. Also the head of a commit. FORMAT.md has the bytes.
// Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "journal/claim.hpp"
#include "journal/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr std::size_t sector_bytes = 512;
inline constexpr std::uint32_t format_version = 1;

using Sector = std::array<char, sector_bytes>;

inline std::string_view view_of(const Sector& sector) { return {sector.data(), sector.size()}; }

// A file of fixed size that the data of a generation is cut into.
struct SegmentHead {
  JournalId journal{};
  Generation generation;
  std::uint64_t index = 0;  // in its generation
  std::uint64_t bytes = 0;  // of each of the generation's segments
  Position previous_end;    // where the commits of the one before it end; 0 in the first
  friend bool operator==(const SegmentHead&, const SegmentHead&) = default;
};

Sector encode_identity(const JournalId& journal);
Sector encode_claim(const JournalId& journal, const Claim& claim);
Sector encode_segment_head(const SegmentHead& head);

// Errors (refused) say what is wrong, not with which file.
Result<JournalId> decode_identity(std::string_view bytes);
// None: not sealed (yet); the file is empty or all zeros. Error too where it belongs to another journal.
Result<std::optional<Claim>> decode_claim(std::string_view bytes, const JournalId& journal);
Result<SegmentHead> decode_segment_head(std::string_view bytes, const JournalId& journal);

// Stands before the records that were written and synced together. All of the generation before it was synced
// before it was written. One without records says only that.
struct CommitHead {
  Position position;  // of itself
  std::uint32_t bytes = 0;
  std::uint32_t records = 0;
  friend bool operator==(const CommitHead&, const CommitHead&) = default;
};

inline constexpr std::size_t commit_head_bytes = 24;
// No commit has more of records; beyond that no later head is looked for.
inline constexpr std::size_t commit_bytes_limit = 8 * 1024 * 1024;

// Of all sums within a segment: what is moved elsewhere is not believed.
std::uint32_t sum_seed(const JournalId& journal, Generation generation, std::uint64_t segment_index);

void encode_commit_head(const CommitHead& head, std::uint32_t seed, char* to);
// None: there is none, or not one of this position.
std::optional<CommitHead> decode_commit_head(std::string_view bytes, Position position, std::uint32_t seed);

}  // namespace shoal::journal
