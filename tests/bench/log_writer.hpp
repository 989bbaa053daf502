#pragma once
// LogWriter: a lane without entities, which owns shards of type `ledger` of local_module.c in a file log,
// with the settings of a host, and appends records as fast as they count. What fails ends the program.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "journal/log_thread.hpp"
#include "journal/posix_storage.hpp"

namespace shoal::bench {

class LogWriter final : private journal::LogListener {
 public:
  // Claims the shards.
  LogWriter(const std::filesystem::path& directory, std::uint32_t shards);

  journal::Sequence append(std::uint32_t shard, const journal::RecordBody& body);
  // Hands over what was appended as one commit, and waits until at most so many records do not count.
  void commit(std::uint64_t uncounted_max);
  // All counts, and each log says that its owner has stopped.
  void close();

 private:
  struct Shard {
    journal::LogShard log;
    std::uint64_t counted = 0;
  };

  template <class Condition>
  void wait_for(Condition condition);

  void claimed(const journal::Claimed& outcome) override;
  void claim_refused(const journal::ClaimRefused& outcome) override;
  void counted(const journal::Counted& outcome) override;
  void failed(const journal::Failed& outcome) override;
  void read_chunk(const journal::ReadChunk& chunk) override;
  void read_end(const journal::ReadEnd&) override {}
  void shard_closed(journal::LogShard) override { ++closed_; }
  void disk_full(const std::string& message) override;
  void disk_has_room() override {}

  std::atomic<std::uint32_t> wakes_{0};
  std::unique_ptr<journal::PosixStorage> storage_;
  std::vector<Shard> shards_;
  std::uint64_t appended_ = 0;
  std::uint64_t counted_ = 0;
  std::uint32_t claimed_ = 0;
  std::uint32_t closed_ = 0;
  std::unique_ptr<journal::ShardLog> log_;
};

// Of each commit that is there.
struct CommitsFound {
  std::vector<std::size_t> bytes;  // of its records with their headers
  std::vector<std::uint32_t> records;
};
CommitsFound find_commits(const std::filesystem::path& directory);

}  // namespace shoal::bench
