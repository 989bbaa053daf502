// A record of the journal without its length and checksum: it has one form.
#include "journal_laws.hpp"

namespace shoal::fuzz {

void run(std::string_view input) { check_record(input); }

}  // namespace shoal::fuzz
