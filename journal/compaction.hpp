#pragma once
// Compaction: frees what no shard needs any more in the directory of a file log that no host uses, as owners
// do with every checkpoint: claims before the one in which a shard's last checkpoint begins, and segments in
// which nothing stands that a claim needs, also of generations whose writers are gone. One caller at a time.
//
// Holds the locks of all generations from its beginning on. A host may start meanwhile: what it needs stays.
// Stopped at any instant, it leaves a journal that holds what it held.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal_reader.hpp"
#include "journal/storage.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

class Compaction {
 public:
  struct OfShard {
    ShardName name;
    std::optional<Sequence> checkpoint;  // what stands before its begin goes; none: all of it stays
    Epoch keeps_from;                    // claims before this one go
    std::size_t claims = 0;              // so many
  };
  struct OfGeneration {
    Generation generation;
    bool goes = false;                    // all of it, since no claim names it
    std::vector<std::uint64_t> segments;  // that go, ascending
    std::vector<std::uint64_t> spares;    // likewise
    std::uint64_t bytes = 0;              // of both
  };

  // Looks at everything, reads what stays as recovery would, and changes nothing. unavailable: a host uses
  // the directory. refused: something is damaged, and nothing may go; the message says which shard or file.
  static Result<std::unique_ptr<Compaction>> plan(Storage& storage);

  const JournalId& journal() const { return reader_->journal(); }
  // In order; also those of which nothing goes.
  const std::vector<OfShard>& shards() const { return shards_; }
  const std::vector<OfGeneration>& generations() const { return generations_; }

  // Does what was planned, for good. After an error a part of it is done, and it may be planned anew.
  Result<void> run();

 private:
  // From where on the claims that stay need a generation.
  using Needs = std::map<Generation, Position>;

  Compaction(Storage& storage, std::unique_ptr<JournalReader> reader)
      : storage_(storage), reader_(std::move(reader)) {}

  Result<void> lock_all();
  Result<void> plan_shards();
  Result<void> plan_shard(const ShardName& name);
  Result<void> read_whole(const ShardName& name, const ShardFound& found);
  Result<void> plan_generations();
  Result<void> plan_generation(OfGeneration& planned, const std::vector<std::uint64_t>& indexes);

  Storage& storage_;
  std::unique_ptr<JournalReader> reader_;
  std::vector<std::unique_ptr<File>> locks_;
  Needs needs_;
  std::vector<OfShard> shards_;
  std::vector<OfGeneration> generations_;
};

}  // namespace shoal::journal
