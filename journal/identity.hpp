#pragma once
// The identity of a journal: the file that says which one a directory is.

#include <cstdint>
#include <functional>
#include <optional>

#include "journal/ids.hpp"
#include "journal/storage.hpp"

namespace shoal::journal {

// None: there is no journal yet. refused: the file is damaged.
Result<std::optional<JournalId>> read_identity(Storage& storage);

// Of several that make a journal at once, one gives the name, and all get it. It is there for good once the
// directory is synced.
Result<JournalId> make_identity(Storage& storage, const std::function<std::uint64_t()>& random);

}  // namespace shoal::journal
