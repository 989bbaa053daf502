#pragma once
// JournalReader: looks at the directory of a file log without owning anything in it, for tools. What a shard
// holds is what its next owner would find. Reads beside hosts that write, whose last commits it may miss.
// Writes nothing. One caller at a time.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "journal/chain.hpp"
#include "journal/claim_files.hpp"
#include "journal/generation_index.hpp"
#include "journal/log_read.hpp"
#include "journal/read_plan.hpp"
#include "journal/storage.hpp"

namespace shoal::journal {

// What a shard's next owner would find.
struct ShardFound {
  LogShard shard;
  std::size_t claims = 0;   // files, with those that do not hold
  std::vector<Link> chain;  // oldest first, each with its ends; empty: nobody has ever owned it
  bool is_closed = false;   // an owner has stopped in good order, and nobody has written since
};

struct GenerationFound {
  Generation generation;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;  // of its segments, used or not, and of those that wait to be used again
  bool is_written = false;  // a host has it open
  bool is_named = false;    // by a claim; else the next host that starts deletes it
};

class JournalReader {
 public:
  // not_found: there is no journal.
  static Result<std::unique_ptr<JournalReader>> open(Storage& storage);

  const JournalId& journal() const { return journal_; }

  // In order. A directory that is none of a shard is left out.
  Result<std::vector<ShardName>> shards();
  // refused: something is damaged; the message says which file.
  Result<ShardFound> find(const ShardName& name);
  // The last checkpoint of a shard of which all is known to be synced, so that a power failure leaves it.
  Result<std::optional<FoundCheckpoint>> synced_checkpoint(const ShardFound& found);
  // The records that recovery would read, from `from` on. None: there are none.
  Result<std::unique_ptr<LogRead>> read(const ShardName& name, const ShardFound& found, Sequence from);

  Result<std::vector<GenerationFound>> generations();
  // Where its next commit would stand. Error: as `find`.
  Result<Position> end_of(Generation generation);
  // 0: no head of a segment can be read.
  Result<std::uint64_t> segment_bytes(Generation generation);

 private:
  JournalReader(Storage& storage, const JournalId& journal) : storage_(storage), journal_(journal) {}
  FindSummary finder(LogShard shard);
  Result<GenerationIndex*> index_of(Generation generation);
  Result<std::uint64_t> bytes_of_a_segment(Generation generation, const std::vector<std::uint64_t>& indexes);

  Storage& storage_;
  JournalId journal_;
  std::map<Generation, GenerationIndex> indexes_;
};

}  // namespace shoal::journal
