#pragma once
// FileShardLog: the file log behind ShardLog, without a thread: the lane's calls are orders, and whoever
// calls `work` writes, syncs and looks, claims, and reads, while the lane fills the next buffer. LogThread
// does so from a thread of its own; a simulator from wherever it wants to.
//
// Bounds: three buffers (one filled, one waiting, one being written), together append_bytes_max by has_room;
// four chunks of a read out at a time; one outcome per shard and commit.
//
// A read begins when all has counted whose commit was handed over before it: it waits with its shard's last
// such sequence, and later commits overtake it.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "journal/commit_buffer.hpp"
#include "journal/file_log.hpp"
#include "journal/shard_log.hpp"

namespace shoal::journal {

struct FileShardLogOptions {
  FileLogOptions log;
  std::size_t append_bytes_max = 8 * 1024 * 1024;
  std::size_t record_bytes_max = record_bytes_max_default;
  std::size_t chunk_bytes = 512 * 1024;   // a chunk may be longer by one record
  std::int64_t disk_full_retry_ms = 500;  // `work` is to be called again after so long
  // The next segment is made by a thread of its own when the current one is half full; else by the commit
  // that needs it.
  bool makes_segments_ahead = true;
  std::function<void()> wake;  // [log]
};

class FileShardLog : public ShardLog {
 public:
  // `storage` outlives it; who makes segments ahead lets any thread call it. [control]
  static Result<std::unique_ptr<FileShardLog>> open(Storage& storage, FileShardLogOptions options);
  // Requires: nobody is in `work`.
  ~FileShardLog() override;
  FileShardLog(const FileShardLog&) = delete;
  FileShardLog& operator=(const FileShardLog&) = delete;

  void claim(ClaimRequest request) override;
  void read(LogShard shard, Sequence from) override;
  void give_back(const ReadChunk& chunk) override;
  Sequence append(LogShard shard, const RecordBody& body) override;
  void commit() override;
  bool has_room() const override;
  std::size_t record_bytes_max() const override { return options_.record_bytes_max; }
  std::uint64_t kept_bytes(LogShard shard) const override;
  LogSpace space() const override { return {space_bytes_, freed_bytes_}; }
  void close(LogShard shard) override;
  bool poll(LogListener& listener) override;

  // One thing after the other: claims, then what is to be written, then a piece of what is to be read. False:
  // there was nothing to do, or it waits for the lane or for room on the disk. [log]
  bool work();

 protected:
  FileShardLog(FileShardLogOptions options, std::unique_ptr<FileLog> log);

  // The lane has ordered something. [lane]
  virtual void ordered() {}
  // Whether `work` would find something. Requires: `mutex_` is held. [log]
  bool has_orders() const;
  bool waits_for_room() const { return writing_ != nullptr; }  // on the disk [log]

  const FileShardLogOptions options_;
  mutable std::mutex mutex_;  // of what is between both sides
  bool is_stopping_ = false;  // `work` ends soon

 private:
  static constexpr std::size_t chunks_out_max = 4;

  // [lane]
  struct Shard {
    Epoch epoch;
    Sequence next;
    Sequence committed;  // the last that a commit was asked for
    CommitBuffer::PartIndex part = 0;
    std::uint64_t part_of = 0;  // the number of the buffer that has the part
    Position needed_from{};
  };
  struct ChunkOut {
    ReadChunk chunk;
    std::string bytes;
  };
  struct DiskFull {
    std::string message;
  };
  struct DiskHasRoom {};
  struct ShardClosed {
    LogShard shard;
  };
  // Its claim or a checkpoint counts: nothing before it is the shard's any more.
  struct NeededFrom {
    LogShard shard;
    Position position;
  };
  using Outcome = std::variant<Claimed, ClaimRefused, NeededFrom, Counted, Failed, std::unique_ptr<ChunkOut>,
                               ReadEnd, ShardClosed, DiskFull, DiskHasRoom>;
  using BufferPointer = std::unique_ptr<CommitBuffer>;

  Shard& own(LogShard shard);
  void disown(LogShard shard);
  void hand_over();
  void deliver(Outcome& outcome, LogListener& listener);

  // [log]
  class ChunkFiller;
  void do_claims();
  bool write(CommitBuffer& buffer);
  void say(Outcome outcome);
  void say_needed(LogShard shard) { say(NeededFrom{shard, log_->needed_from(shard)}); }
  void show_end();
  void prepare_segment(const CommitBuffer& buffer);
  void hold_what_is_read();
  void start_reading();
  bool read_on();
  void fail_reading(const Error& why);
  void fail_all(const std::string& why);

  // [lane]
  std::unordered_map<LogShard, Shard> shards_;
  std::pair<const LogShard, Shard>* last_own_ = nullptr;  // that was appended to
  BufferPointer filling_;
  std::uint64_t filling_number_ = 1;
  bool is_commit_wanted_ = false;
  bool is_disk_full_ = false;
  std::vector<Outcome> delivering_;
  std::unordered_map<std::uint32_t, std::unique_ptr<ChunkOut>> chunks_;  // with the lane

  // Between both.
  std::deque<ClaimRequest> claims_ordered_;
  std::vector<FileLog::ReadRequest> reads_ordered_;
  BufferPointer waiting_;
  std::vector<BufferPointer> spare_;
  std::size_t bytes_handed_over_ = 0;  // and not settled
  std::size_t chunks_out_ = 0;
  std::vector<Outcome> outcomes_;
  std::atomic<std::uint64_t> end_{0};  // where the next commit goes
  std::atomic<std::uint64_t> space_bytes_{0};
  std::atomic<std::uint64_t> freed_bytes_{0};

  // [log]
  std::unique_ptr<FileLog> log_;
  std::deque<ClaimRequest> claims_;
  std::vector<FileLog::ReadRequest> reads_;
  BufferPointer writing_;
  bool is_said_full_ = false;
  bool is_marked_ = true;
  std::future<Result<std::unique_ptr<File>>> next_segment_;
  std::unique_ptr<ChunkFiller> reading_;
  std::uint32_t next_chunk_id_ = 0;
};

}  // namespace shoal::journal
