#pragma once
// Owner: a process with a file log, in few words. What it appends are texts, as turns of one entity; a
// checkpoint holds all texts of the shard so far, so that a reader has the whole list whatever was deleted.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "journal/file_log.hpp"

namespace shoal::sim {

inline constexpr const char* type_name = "list";
inline constexpr std::uint32_t owner_lease_ms = 2'000;

inline journal::LogShard log_shard(std::uint32_t shard) {
  return {journal::type_number(type_name), ShardId(shard)};
}

// What a shard holds: each text at its sequence.
using Texts = std::map<std::uint64_t, std::string>;

class Owner {
 public:
  // Chance is drawn from `random`, for the numbers of owners and generations.
  Owner(journal::Storage& storage, std::uint64_t segment_bytes, std::function<std::uint64_t()> random,
        std::size_t spare_segments_max = 0);

  Result<void> open();
  std::variant<journal::Claimed, journal::ClaimRefused> claim(
      std::uint32_t shard, std::optional<journal::Decision> decision = std::nullopt,
      std::uint32_t lease_ms = owner_lease_ms);
  // What counts of the shard; it goes on from there. Requires: the buffer is empty.
  Result<Texts> read(std::uint32_t shard);
  // What counts up to there, beside what it goes on with.
  Result<Texts> read_through(std::uint32_t shard, journal::Sequence through);

  // Into the buffer; gives the sequence.
  std::uint64_t append(std::uint32_t shard, const std::string& text);
  // Whether one record holds all texts.
  bool checkpoint_fits(std::uint32_t shard) const;
  // Begin, snapshot and end, into the buffer.
  void append_checkpoint(std::uint32_t shard);
  // The same in two: begin and snapshot, and the end.
  journal::Sequence begin_checkpoint(std::uint32_t shard);
  // Of a shard that holds nothing any more.
  journal::Sequence begin_empty_checkpoint(std::uint32_t shard);
  void end_checkpoint(std::uint32_t shard, journal::Sequence begin);
  void append_closed(std::uint32_t shard);
  // Of the record that is appended next.
  std::uint64_t next(std::uint32_t shard) const { return shards_.at(shard).next.value; }
  // The shard is not owned any more.
  void forget(std::uint32_t shard) { shards_.erase(shard); }
  // The buffer is empty afterwards, unless the disk is full.
  journal::CommitOutcome commit();
  const journal::CommitBuffer& buffer() const { return buffer_; }
  // Leaves what is in the buffer for `commit_aside`, so that what is appended after it can be committed
  // before.
  void set_aside();
  bool has_aside() const { return !aside_.empty(); }
  journal::CommitOutcome commit_aside();

  journal::FileLog& log() { return *log_; }
  bool owns(std::uint32_t shard) const { return log_->owns(log_shard(shard), shards_.at(shard).epoch); }
  // All texts, with those that were appended and do not count yet.
  const Texts& texts(std::uint32_t shard) { return shards_.at(shard).texts; }

 private:
  struct Shard {
    journal::Epoch epoch;
    journal::Sequence next;
    Texts texts;
    std::optional<journal::CommitBuffer::PartIndex> part;
  };

  journal::Sequence put(Shard& shard, std::uint32_t number, const journal::RecordBody& body);

  journal::Storage& storage_;
  journal::FileLogOptions options_;
  std::unique_ptr<journal::FileLog> log_;
  journal::CommitBuffer buffer_;
  journal::CommitBuffer aside_;
  std::map<std::uint32_t, Shard> shards_;
};

}  // namespace shoal::sim
