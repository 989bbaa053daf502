// The fields of a checkpoint's part, with positions, emits and reminders: lists in lists, of one form.
#include <array>

#include "journal_laws.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  constexpr std::size_t kind_at = 24;  // behind epoch, sequence, type and shard
  std::array<char, journal::record_header_bytes - 8> header{};
  header[kind_at] = static_cast<char>(journal::RecordKind::checkpoint_part);
  check_record(std::string(header.data(), header.size()) + std::string(input));
}

}  // namespace shoal::fuzz
