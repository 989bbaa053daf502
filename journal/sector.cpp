#include "journal/sector.hpp"

#include <algorithm>
#include <string>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"

namespace shoal::journal {
namespace {

// Each eight bytes; the kind of file is seen at once in a dump.
constexpr std::string_view identity_magic = "shoaljnl";
constexpr std::string_view claim_magic = "shoalclm";
constexpr std::string_view segment_magic = "shoalseg";
constexpr std::uint32_t commit_magic = 0x74696d63;  // "cmit"

constexpr std::size_t version_at = 8;
constexpr std::size_t sector_sum_at = 12;
constexpr std::size_t journal_at = 16;
constexpr std::size_t fields_at = 32;

std::uint32_t sum_of(std::string_view sector) {
  return crc32c(sector.substr(journal_at), crc32c(sector.substr(0, sector_sum_at)));
}

// Fields one after the other; what is left of the sector is zeros.
class SectorWriter {
 public:
  SectorWriter(std::string_view magic, const JournalId& journal) {
    std::copy(magic.begin(), magic.end(), sector_.begin());
    store(&sector_[version_at], format_version);
    std::copy(journal.begin(), journal.end(), sector_.begin() + journal_at);
  }
  template <std::unsigned_integral Number>
  void put(Number number) {
    store(&sector_[at_], number);
    at_ += sizeof number;
  }
  Sector finish() {
    store(&sector_[sector_sum_at], sum_of(view_of(sector_)));
    return sector_;
  }

 private:
  Sector sector_{};
  std::size_t at_ = fields_at;
};

class SectorReader {
 public:
  explicit SectorReader(std::string_view sector) : sector_(sector) {}
  template <std::unsigned_integral Number>
  Number take() {
    const auto number = load<Number>(sector_.data() + at_);
    at_ += sizeof number;
    return number;
  }

 private:
  std::string_view sector_;
  std::size_t at_ = fields_at;
};

Result<JournalId> check(std::string_view bytes, std::string_view magic) {
  if (bytes.size() != sector_bytes) {
    return error(ErrorCode::refused, "it has " + std::to_string(bytes.size()) + " bytes instead of 512");
  }
  if (!bytes.starts_with(magic))
    return error(ErrorCode::refused, "it does not begin with " + std::string(magic));
  if (load<std::uint32_t>(bytes.data() + sector_sum_at) != sum_of(bytes)) {
    return error(ErrorCode::refused, "its checksum does not hold");
  }
  const auto version = load<std::uint32_t>(bytes.data() + version_at);
  if (version != format_version) {
    return error(ErrorCode::refused, "it is of format " + std::to_string(version) + ", and this host knows " +
                                         std::to_string(format_version) + ": run the version that wrote it");
  }
  JournalId journal;
  std::copy_n(bytes.begin() + journal_at, journal.size(), reinterpret_cast<char*>(journal.data()));
  return journal;
}

Result<SectorReader> check(std::string_view bytes, std::string_view magic, const JournalId& journal) {
  SHOAL_TRY(found, check(bytes, magic));
  if (found != journal) {
    return error(ErrorCode::refused, "it belongs to another journal: put back the directory as it was");
  }
  return SectorReader(bytes);
}

}  // namespace

Sector encode_identity(const JournalId& journal) { return SectorWriter(identity_magic, journal).finish(); }

Result<JournalId> decode_identity(std::string_view bytes) { return check(bytes, identity_magic); }

Sector encode_claim(const JournalId& journal, const Claim& claim) {
  SectorWriter writer(claim_magic, journal);
  writer.put(claim.shard.type.value);
  writer.put(claim.shard.shard.value);
  writer.put(claim.epoch.value);
  writer.put(claim.owner.value);
  writer.put(claim.decision.coordinator_epoch);
  writer.put(claim.decision.number);
  writer.put(claim.generation.value);
  writer.put(claim.start.value);
  writer.put(claim.first.value);
  writer.put(claim.predecessor ? claim.predecessor->epoch.value : 0);
  writer.put(claim.predecessor ? claim.predecessor->end.value : 0);
  writer.put(claim.lease_ms);
  return writer.finish();
}

Result<std::optional<Claim>> decode_claim(std::string_view bytes, const JournalId& journal) {
  const auto is_zero = [](char byte) { return byte == 0; };
  if (bytes.size() <= sector_bytes && std::all_of(bytes.begin(), bytes.end(), is_zero)) {
    return std::optional<Claim>();
  }
  SHOAL_TRY(reader, check(bytes, claim_magic, journal));
  Claim claim;
  claim.shard.type = TypeNumber(reader.take<std::uint32_t>());
  claim.shard.shard = ShardId(reader.take<std::uint32_t>());
  claim.epoch = Epoch(reader.take<std::uint64_t>());
  claim.owner = OwnerId(reader.take<std::uint64_t>());
  claim.decision.coordinator_epoch = reader.take<std::uint64_t>();
  claim.decision.number = reader.take<std::uint64_t>();
  claim.generation = Generation(reader.take<std::uint64_t>());
  claim.start = Position(reader.take<std::uint64_t>());
  claim.first = Sequence(reader.take<std::uint64_t>());
  const Epoch predecessor(reader.take<std::uint64_t>());
  const Position end(reader.take<std::uint64_t>());
  if (predecessor.value != 0) claim.predecessor = Seal{predecessor, end};
  claim.lease_ms = reader.take<std::uint32_t>();
  return std::optional<Claim>(claim);
}

Sector encode_segment_head(const SegmentHead& head) {
  SectorWriter writer(segment_magic, head.journal);
  writer.put(head.generation.value);
  writer.put(head.index);
  writer.put(head.bytes);
  writer.put(head.previous_end.value);
  return writer.finish();
}

Result<SegmentHead> decode_segment_head(std::string_view bytes, const JournalId& journal) {
  SHOAL_TRY(reader, check(bytes, segment_magic, journal));
  SegmentHead head;
  head.journal = journal;
  head.generation = Generation(reader.take<std::uint64_t>());
  head.index = reader.take<std::uint64_t>();
  head.bytes = reader.take<std::uint64_t>();
  head.previous_end = Position(reader.take<std::uint64_t>());
  return head;
}

std::uint32_t sum_seed(const JournalId& journal, Generation generation, std::uint64_t segment_index) {
  std::array<char, 32> place;
  std::copy(journal.begin(), journal.end(), place.begin());
  store(&place[16], generation.value);
  store(&place[24], segment_index);
  return crc32c({place.data(), place.size()});
}

namespace {

std::uint32_t commit_sum(const char* head, std::uint32_t seed) {
  return crc32c({head + 8, commit_head_bytes - 8}, crc32c({head, 4}, seed));
}

}  // namespace

void encode_commit_head(const CommitHead& head, std::uint32_t seed, char* to) {
  store(to, commit_magic);
  store(to + 8, head.position.value);
  store(to + 16, head.bytes);
  store(to + 20, head.records);
  store(to + 4, commit_sum(to, seed));
}

std::optional<CommitHead> decode_commit_head(std::string_view bytes, Position position, std::uint32_t seed) {
  if (bytes.size() < commit_head_bytes || load<std::uint32_t>(bytes.data()) != commit_magic)
    return std::nullopt;
  const CommitHead head{Position(load<std::uint64_t>(bytes.data() + 8)),
                        load<std::uint32_t>(bytes.data() + 16), load<std::uint32_t>(bytes.data() + 20)};
  if (head.position != position) return std::nullopt;
  if (load<std::uint32_t>(bytes.data() + 4) != commit_sum(bytes.data(), seed)) return std::nullopt;
  return head;
}

}  // namespace shoal::journal
