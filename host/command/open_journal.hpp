#pragma once
// A journal's directory, for commands that look at one without a host.

#include <filesystem>
#include <memory>

#include "host/command/perform.hpp"
#include "journal/journal_reader.hpp"
#include "journal/posix_storage.hpp"

namespace shoal::command {

// Requires: the reader goes first.
struct OpenJournal {
  std::unique_ptr<journal::PosixStorage> storage;
  std::unique_ptr<journal::JournalReader> reader;
};

// not_found: there is no such directory, or no journal in it; nothing is made.
Result<OpenJournal> open_journal(const std::filesystem::path& directory, const Process& process);

}  // namespace shoal::command
