#include "host/command/open_journal.hpp"

#include <system_error>
#include <utility>

namespace shoal::command {

// The storage would make a directory that is not there.
Result<OpenJournal> open_journal(const std::filesystem::path& given, const Process& process) {
  const std::filesystem::path directory = process.working_directory / given;
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    return error(ErrorCode::not_found, directory.string() + ": there is no such directory");
  }
  SHOAL_TRY(storage, journal::PosixStorage::open(directory.string()));
  auto reader = journal::JournalReader::open(*storage);
  if (!reader) {
    return error(reader.error().code, directory.string() + ": " + reader.error().message);
  }
  return OpenJournal{std::move(storage), std::move(reader).value()};
}

}  // namespace shoal::command
