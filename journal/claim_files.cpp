#include "journal/claim_files.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>

namespace shoal::journal {
namespace {

// None: it is no number in decimal.
template <class Number>
std::optional<Number> named(const std::string& name) {
  Number number;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number.value);
  if (failed != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string ClaimFiles::directory_of(const ShardName& name) {
  return std::string(shards_directory) + "/" + name.type + "/" + std::to_string(name.shard.value);
}

std::string ClaimFiles::path(const std::string& directory, Epoch epoch) {
  return directory + "/" + std::to_string(epoch.value);
}

// Whoever comes with such a name makes its directory first and looks then, so that of two the one that looks
// last sees both.
Result<void> ClaimFiles::check_number(const std::string& type) {
  SHOAL_TRY(types, storage_.list(shards_directory));
  for (const std::string& other : types) {
    if (other == type || type_number(other) != type_number(type)) continue;
    return error(ErrorCode::refused,
                 "the type names " + type + " and " + other +
                     " have the same number in the journal: give one of them another name");
  }
  return success();
}

Result<std::string> ClaimFiles::directory(const std::string& type, ShardId shard) {
  const std::string of_type = std::string(shards_directory) + "/" + type;
  if (!known_.contains(of_type)) {
    SHOAL_TRYV(storage_.make_directory(of_type));
    SHOAL_TRYV(storage_.sync_directory(shards_directory));
    SHOAL_TRYV(check_number(type));
    known_.insert(of_type);
  }
  const std::string of_shard = directory_of({type, shard});
  if (!known_.contains(of_shard)) {
    SHOAL_TRYV(storage_.make_directory(of_shard));
    SHOAL_TRYV(storage_.sync_directory(of_type));
    known_.insert(of_shard);
  }
  return of_shard;
}

// From the newest to the oldest: whom a sealed claim names was sealed before, and so is found sealed.
Result<std::vector<FoundClaim>> ClaimFiles::read(const std::string& directory) {
  SHOAL_TRY(names, storage_.list(directory));
  std::set<Epoch, std::greater<>> epochs;
  for (const std::string& name : names) {
    if (const auto epoch = named<Epoch>(name)) epochs.insert(*epoch);
  }
  std::vector<FoundClaim> found;
  for (const Epoch epoch : epochs) {
    const std::string path = ClaimFiles::path(directory, epoch);
    auto file = storage_.open(path, Access::read);
    if (!file && file.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
    if (!file) return std::move(file).error();
    std::array<char, sector_bytes + 1> bytes;
    SHOAL_TRY(read, file.value()->read_at(0, bytes));
    auto claim = decode_claim({bytes.data(), read}, journal_);
    if (!claim) return error(claim.error().code, path + ": " + claim.error().message);
    if (claim.value() && claim.value()->epoch != epoch) {
      return error(ErrorCode::refused,
                   path + ": it is the claim of epoch " + std::to_string(claim.value()->epoch.value));
    }
    found.push_back({epoch, claim.value()});
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Result<std::unique_ptr<File>> ClaimFiles::create(const std::string& directory, Epoch epoch) {
  SHOAL_TRY(file, storage_.create(path(directory, epoch)));
  SHOAL_TRYV(storage_.sync_directory(directory));
  return file;
}

Result<void> ClaimFiles::seal(File& file, const Claim& claim) {
  SHOAL_TRYV(file.write_at(0, view_of(encode_claim(journal_, claim))));
  return file.datasync();
}

Result<void> ClaimFiles::seal_again(const std::string& directory, const Claim& claim) {
  SHOAL_TRY(file, storage_.open(path(directory, claim.epoch), Access::read_and_write));
  return seal(*file, claim);
}

Result<LookAfterSync> ClaimFiles::look(const std::string& own_path, const std::string& next_path) {
  LookAfterSync look;
  SHOAL_TRY(next, storage_.exists(next_path));
  look.next_claim_stands = next;
  SHOAL_TRY(own, storage_.exists(own_path));
  look.own_claim_stands = own;
  return look;
}

Result<std::set<Generation>> ClaimFiles::remove_before(const std::string& directory, Epoch epoch) {
  SHOAL_TRY(found, read(directory));
  std::set<Generation> named;
  for (const FoundClaim& claim : found) {
    if (claim.epoch >= epoch) break;
    SHOAL_TRYV(storage_.remove(path(directory, claim.epoch)));
    if (claim.claim) named.insert(claim.claim->generation);
  }
  return named;
}

Result<std::vector<ShardName>> ClaimFiles::shards() {
  std::vector<ShardName> found;
  SHOAL_TRY(types, storage_.list(shards_directory));
  for (const std::string& type : types) {
    SHOAL_TRY(names, storage_.list(std::string(shards_directory) + "/" + type));
    for (const std::string& name : names) {
      if (const auto shard = named<ShardId>(name)) found.push_back({type, *shard});
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::set<Generation>> ClaimFiles::named_generations() {
  std::set<Generation> generations;
  SHOAL_TRY(names, shards());
  for (const ShardName& name : names) {
    SHOAL_TRY(found, read(directory_of(name)));
    for (const FoundClaim& claim : found) {
      if (claim.claim) generations.insert(claim.claim->generation);
    }
  }
  return generations;
}

}  // namespace shoal::journal
