#pragma once
// SpoiledLog: a host's file log as its lane sees it, with what a planted bug makes of it; and what tells the
// lane of a host that was killed that it has nothing any more, so that its objects can be taken down.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/file_shard_log.hpp"
#include "journal/record_codec.hpp"
#include "journal/record_sums.hpp"
#include "journal/state_store.hpp"
#include "tests/sim/lanes/lane_bugs.hpp"
#include "tests/sim/lanes/memory_topics.hpp"

namespace shoal::sim {

// The first record of each shard that was appended by somebody who had no chance to count it.
using VoidRecords = std::map<journal::LogShard, std::string>;

class SpoiledLog final : public journal::ShardLog, private journal::LogListener {
 public:
  struct Options {
    LaneBug bug = LaneBug::none;
    VoidRecords* void_records = nullptr;
    MemoryTopics* topics = nullptr;
    journal::StateStore* states = nullptr;          // of the host's data directory, where it has any
    std::function<void()> at_call;                  // after each append and each commit
    std::function<void(const std::string&)> trace;  // empty: nobody looks
  };
  SpoiledLog(std::unique_ptr<journal::FileShardLog> log, Options options)
      : log_(std::move(log)), options_(std::move(options)) {}

  journal::FileShardLog& file() { return *log_; }
  // From now on nothing of it is written, and the lane is told that it has lost every shard.
  void die();

  void claim(journal::ClaimRequest request) override;
  void read(journal::LogShard shard, journal::Sequence from) override;
  void give_back(const journal::ReadChunk& chunk) override;
  journal::Sequence append(journal::LogShard shard, const journal::RecordBody& body) override;
  void commit() override;
  bool has_room() const override { return log_->has_room(); }
  std::size_t record_bytes_max() const override { return log_->record_bytes_max(); }
  std::uint64_t kept_bytes(journal::LogShard shard) const override { return log_->kept_bytes(shard); }
  void close(journal::LogShard shard) override { log_->close(shard); }
  bool poll(journal::LogListener& listener) override;

 private:
  struct Own {
    journal::Epoch epoch;
    journal::Sequence last;                      // that was appended
    std::map<std::uint64_t, std::string> turns;  // appended, and not counted yet
    bool is_recovering = true;
  };

  void claimed(const journal::Claimed& outcome) override;
  void claim_refused(const journal::ClaimRefused& outcome) override;
  void counted(const journal::Counted& outcome) override;
  void failed(const journal::Failed& outcome) override;
  void read_chunk(const journal::ReadChunk& chunk) override;
  void read_end(const journal::ReadEnd& outcome) override;
  void shard_closed(journal::LogShard shard) override;
  void disk_full(const std::string& message) override { listener_->disk_full(message); }
  void disk_has_room() override { listener_->disk_has_room(); }

  void trace(const std::string& what) const;
  void spoil_counting(journal::LogShard shard, const journal::RecordBody& body);
  void spoil_telling(journal::LogShard shard, const journal::Effects* effects);
  bool spoils_records() const;
  std::string spoiled(std::string_view bytes);
  void spoil(journal::Effects& effects);
  void spoil(journal::SourcePosition& position) const;
  void keep_void(journal::LogShard shard, Own& own);
  void say_all_lost();

  std::unique_ptr<journal::FileShardLog> log_;
  Options options_;
  journal::LogListener* listener_ = nullptr;
  std::map<journal::LogShard, Own> own_;
  std::map<journal::LogShard, journal::Sequence> early_;  // taken for what counts
  std::map<journal::LogShard, journal::Sequence> told_;   // the last record that tells, and is not committed
  std::set<journal::LogShard> leaves_late_;               // has others that are not committed
  std::map<std::uint32_t, std::string> spoiled_chunks_;
  journal::RecordDecoder decoder_;
  std::vector<journal::SourcePosition> positions_;
  std::vector<journal::SourceProgress> progress_;
  std::uint32_t lease_ms_ = 0;  // the host's own
  bool is_dead_ = false;
};

}  // namespace shoal::sim
