// The row append: a full lane, whose batches of 512 events are each of one shard, with as much on its way as
// a host's lane holds. Measured is the steady state, in which the log uses its files again: each shard writes
// a checkpoint as often as a host's, and has written one before it begins.

#include <array>
#include <string>

#include "host/lanes/shard_journal.hpp"
#include "host/lanes/source_reader.hpp"
#include "journal/record_codec.hpp"
#include "journal_rows.hpp"
#include "local_module.h"
#include "log_writer.hpp"
#include "raw_file.hpp"
#include "rocksdb_writer.hpp"
#include "shoal/event_number.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kShards = 16;
constexpr std::uint64_t kBatchEvents = lanes::SourceReader::batch_records_max;
constexpr std::uint64_t kBatchesHeldMax = 64;
constexpr std::uint64_t kRocksdbEventsMax = 500'000;

// Appends events in batches, and to each shard that has written enough a checkpoint of a state that is empty.
class FullLane {
 public:
  explicit FullLane(const std::filesystem::path& directory)
      : bytes_(EVENT_BYTES, 'e'),
        recorded_{journal::Event{event_number("recorded"), 1, bytes_}},
        writer_(directory, kShards) {
    turn_.entity = "entity-1234";
    turn_.state_version = 1;
    turn_.events = recorded_;
    turn_.effects.module_version = "1.0.0";
  }

  void append_batch() {
    const auto shard = static_cast<std::uint32_t>(batches_++ % kShards);
    for (std::uint64_t event = 0; event < kBatchEvents; ++event) {
      turn_.revision = ++revision_;
      turn_.effects.now_ms = static_cast<std::int64_t>(1'700'000'000'000 + revision_);
      writer_.append(shard, turn_);
    }
    bytes_since_[shard] += kBatchEvents * journal::encoded_bytes(turn_);
    if (bytes_since_[shard] >= lanes::checkpoint_bytes_default) {
      const journal::Sequence begin = writer_.append(shard, journal::CheckpointBegin{});
      writer_.append(shard, journal::CheckpointPart{});
      writer_.append(shard, journal::CheckpointEnd{begin});
      bytes_since_[shard] = 0;
      ++checkpoints_;
    }
    writer_.commit(kBatchesHeldMax * kBatchEvents);
  }
  void wait() { writer_.commit(0); }
  std::uint64_t checkpoints() const { return checkpoints_; }

 private:
  std::string bytes_;
  std::array<journal::Event, 1> recorded_;
  journal::Turn turn_;
  LogWriter writer_;
  std::uint64_t batches_ = 0;
  std::uint64_t revision_ = 0;
  std::uint64_t checkpoints_ = 0;
  std::array<std::size_t, kShards> bytes_since_{};
};

}  // namespace

AppendFigures measure_append(const std::filesystem::path& directory, std::uint64_t events) {
  AppendFigures figures;
  {
    FullLane lane(directory);
    while (lane.checkpoints() < kShards) lane.append_batch();
    lane.wait();
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t event = 0; event < events; event += kBatchEvents) lane.append_batch();
    lane.wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    figures.per_second = static_cast<double>(events) / took.count();
  }
  // What the last checkpoints have left stands for all of it.
  const CommitsFound found = find_commits(directory);
  std::uint64_t records = 0;
  for (const std::uint32_t of_commit : found.records) records += of_commit;
  figures.raw_per_second = static_cast<double>(records) / seconds_to_write(directory / "raw", found.bytes);
  figures.rocksdb_per_second =
      rocksdb_events_per_second(directory / "rocksdb", found.records, kRocksdbEventsMax);
  return figures;
}

}  // namespace shoal::bench
