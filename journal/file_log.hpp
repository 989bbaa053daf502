#pragma once
// FileLog: the logs of one lane's shards in a directory of a local file system: FORMAT.md has its bytes,
// README.md the rule by which its owners share it. Synchronous, no thread of its own; one caller at a time.
// FileShardLog puts it behind ShardLog.
//
// After an error of the disk it is broken: nothing more is written by it, whatever the disk says then.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "journal/claim_files.hpp"
#include "journal/commit_buffer.hpp"
#include "journal/data_file.hpp"
#include "journal/generation_index.hpp"
#include "journal/log_read.hpp"
#include "journal/shard_log.hpp"
#include "journal/storage.hpp"

namespace shoal::journal {

struct FileLogOptions {
  OwnerId owner;
  DataFileOptions data;
};

enum class CommitState : std::uint8_t {
  done,
  disk_full,  // nothing counts; the same buffer is to be tried again
  broken,
};

struct CommitOutcome {
  CommitState state = CommitState::done;
  std::string message;  // unless done
  std::vector<Counted> counted;
  std::vector<LogShard> closed;  // of those counted
  std::vector<Failed> failed;
};

class FileLog {
 public:
  // Makes the journal where there is none yet, and a generation of its own. Deletes what no claim names and
  // no one writes any more. overloaded: the disk is full.
  static Result<std::unique_ptr<FileLog>> open(Storage& storage, const FileLogOptions& options);

  const JournalId& journal() const { return journal_; }
  const DataFile& data() const { return *data_; }
  DataFile& data() { return *data_; }

  std::variant<Claimed, ClaimRefused> claim(const ClaimRequest& request);

  // Writes, syncs and looks. The buffer may be cleared afterwards, unless the disk is full. Requires: no
  // record is longer than data().commit_bytes_max().
  CommitOutcome commit(CommitBuffer& buffer);

  // To be called when there is nothing to do: notes in the file, unsynced, that all of it is synced.
  Result<void> idle();

  // Reads what these shards hold, all of them in one go. Requires: each is owned and named once, and
  // `through` counts; held from the moment at which `through` was the last to count until all is read.
  struct ReadRequest {
    LogShard shard;
    Epoch epoch;
    Sequence from;
    Sequence through;
  };
  Result<std::unique_ptr<LogRead>> read(const std::vector<ReadRequest>& requests);

  // Of these shards, a checkpoint that ends later deletes nothing until it is no longer held.
  void hold(std::map<LogShard, Sequence> held);

  bool owns(LogShard shard, Epoch epoch) const;
  // The last record that counts, or that was there before the claim. Requires: owned.
  Sequence counted(LogShard shard) const;
  // Where the shard's last checkpoint that counts begins, else its claim: nothing behind it goes. Requires:
  // owned.
  Position needed_from(LogShard shard) const { return owned_.at(shard).needed_from; }
  // Looks whether the ownership still holds, and ends it if not. Requires: owned.
  std::optional<Failed> look(LogShard shard);
  // Whatever becomes of it, nothing of this ownership counts from now on. None: it is not owned.
  std::optional<Epoch> abandon(LogShard shard);
  std::vector<std::pair<LogShard, Epoch>> abandon_all();

 private:
  // An ownership that holds, as far as is known here.
  struct Owned {
    Claim claim;
    std::vector<Link> chain;  // up to the claim itself, and there to what counts
    std::string type;
    std::string directory;
    std::string own_path;
    std::string next_path;
    Position needed_from;
    std::map<Sequence, Position> begun;  // checkpoints without an end, and the commits of their begins
  };
  struct Predecessor {
    Link link;
    Sequence last_synced;
    std::string again;           // its records that are whole and not known to be synced
    std::uint32_t lease_ms = 0;  // 0: nobody answers on one
  };
  using Key = std::pair<LogShard, Epoch>;

  FileLog(Storage& storage, const JournalId& journal, const FileLogOptions& options)
      : storage_(storage), journal_(journal), options_(options), claims_(storage, journal) {}

  Result<Claimed> try_claim(const ClaimRequest& request);
  Result<Claimed> seal(const ClaimRequest& request, LogShard shard, const std::string& directory, Epoch epoch,
                       File& file);
  Result<Predecessor> read_predecessor(LogShard shard, const Link& link);
  Result<void> append_again(LogShard shard, Epoch epoch, std::string_view records);
  Result<GenerationIndex*> refreshed(Generation generation);

  void settle(const CommitBuffer::Part& part, Position commit, CommitOutcome& outcome);
  void delete_what_may_go();
  Result<void> delete_below(const Owned& owned, Position begin);
  Result<void> delete_own_segments();
  Result<void> collect(const std::set<Generation>& generations);
  Result<std::optional<ReadPlan>> plan(const ReadRequest& request);

  Storage& storage_;
  JournalId journal_;
  FileLogOptions options_;
  ClaimFiles claims_;
  std::unique_ptr<DataFile> data_;
  std::string broken_;  // why
  std::unordered_map<LogShard, Owned> owned_;
  std::map<Generation, GenerationIndex> indexes_;
  // Of every claim that names this generation and may still stand: its file, and from where on its records
  // are needed.
  struct Need {
    std::string claim_path;
    Position from;
  };
  std::map<Key, Need> needs_;
  // A checkpoint that counts: below its begin all may go.
  struct Deletable {
    Epoch epoch;
    Sequence through;  // of the commit that has its end
    Position begin;
  };
  std::map<LogShard, Deletable> deletable_;
  std::map<LogShard, Sequence> held_;
};

}  // namespace shoal::journal
