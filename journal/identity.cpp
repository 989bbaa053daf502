#include "journal/identity.hpp"

#include <array>
#include <string>

#include "journal/sector.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr const char* identity_path = "journal";

}  // namespace

Result<std::optional<JournalId>> read_identity(Storage& storage) {
  auto file = storage.open(identity_path, Access::read);
  if (!file && file.error().code == ErrorCode::not_found) return std::optional<JournalId>();
  if (!file) return std::move(file).error();
  std::array<char, sector_bytes + 1> bytes;
  SHOAL_TRY(read, file.value()->read_at(0, bytes));
  auto journal = decode_identity({bytes.data(), read});
  if (!journal) return error(journal.error().code, "the file `journal`: " + journal.error().message);
  return std::optional<JournalId>(journal.value());
}

// The file has its content before it has its name.
Result<JournalId> make_identity(Storage& storage, const std::function<std::uint64_t()>& random) {
  JournalId journal;
  for (std::uint8_t& byte : journal) byte = static_cast<std::uint8_t>(random());
  const std::string draft = std::string(identity_path) + "." + std::to_string(random());
  SHOAL_TRY(file, storage.create(draft));
  SHOAL_TRYV(file->write_at(0, view_of(encode_identity(journal))));
  SHOAL_TRYV(file->datasync());
  auto named = storage.link(draft, identity_path);
  SHOAL_TRYV(storage.remove(draft));
  if (!named && named.error().code != ErrorCode::already_exists) return std::move(named).error();
  SHOAL_TRY(standing, read_identity(storage));
  SHOAL_ASSERT(standing.has_value());
  return *standing;
}

}  // namespace shoal::journal
