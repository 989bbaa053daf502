#pragma once
// ClaimFiles: the claims of all shards, as files shards/TYPE/SHARD/EPOCH. One caller at a time; other
// processes make and delete files beside it.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "journal/chain.hpp"
#include "journal/sector.hpp"
#include "journal/storage.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr const char* shards_directory = "shards";

struct ShardName {
  std::string type;
  ShardId shard;
  friend auto operator<=>(const ShardName&, const ShardName&) = default;
};

class ClaimFiles {
 public:
  ClaimFiles(Storage& storage, const JournalId& journal) : storage_(storage), journal_(journal) {}

  // The directory of the shard's claims, made and synced. refused: another type has the same number.
  Result<std::string> directory(const std::string& type, ShardId shard);

  // In ascending order of epochs. Error: one of them is damaged, or belongs to another journal.
  Result<std::vector<FoundClaim>> read(const std::string& directory);

  // Makes the claim's file, empty, for good. already_exists: somebody else has claimed this epoch.
  Result<std::unique_ptr<File>> create(const std::string& directory, Epoch epoch);
  // Gives it its content, for good.
  Result<void> seal(File& file, const Claim& claim);
  // Writes once more what was read, for good: its owner may have written it and not synced it yet.
  Result<void> seal_again(const std::string& directory, const Claim& claim);

  Result<LookAfterSync> look(const std::string& own_path, const std::string& next_path);

  // Deletes the claims before `epoch`, the oldest first, and says which generations they named.
  Result<std::set<Generation>> remove_before(const std::string& directory, Epoch epoch);

  // Of all shards that were ever claimed, in order. What has not the name of a shard is left out.
  Result<std::vector<ShardName>> shards();
  // All generations that any claim names.
  Result<std::set<Generation>> named_generations();

  static std::string directory_of(const ShardName& name);
  static std::string path(const std::string& directory, Epoch epoch);

 private:
  Result<void> check_number(const std::string& type);

  Storage& storage_;
  JournalId journal_;
  std::set<std::string> known_;  // directories that are synced
};

}  // namespace shoal::journal
