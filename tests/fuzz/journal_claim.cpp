// A claim's file, the head of a segment and the journal's identity, as they are and with a checksum that
// holds: what is taken is written so that it reads back.
#include <algorithm>
#include <string>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"
#include "journal/sector.hpp"
#include "target.hpp"

namespace shoal::fuzz {

namespace {

using namespace journal;

constexpr std::size_t sum_at = 12;
constexpr std::size_t journal_at = 16;

template <class Decoded>
bool taken(const Decoded& decoded) {
  require(decoded || !decoded.error().message.empty(), "what is refused is refused with a reason");
  return decoded.has_value();
}

void check(std::string_view sector) {
  JournalId journal{};
  const auto identity = decode_identity(sector);
  if (taken(identity)) {
    const Sector written = encode_identity(identity.value());
    require(decode_identity(view_of(written)).value() == identity.value(), "an identity reads back");
  }
  if (sector.size() >= journal_at + journal.size()) {
    std::copy_n(sector.begin() + journal_at, journal.size(), reinterpret_cast<char*>(journal.data()));
  }
  const auto claim = decode_claim(sector, journal);
  if (taken(claim) && claim.value()) {
    const Sector written = encode_claim(journal, *claim.value());
    require(decode_claim(view_of(written), journal).value() == claim.value(), "a claim reads back");
  }
  const auto head = decode_segment_head(sector, journal);
  if (taken(head)) {
    const Sector written = encode_segment_head(head.value());
    require(decode_segment_head(view_of(written), journal).value() == head.value(), "a head reads back");
  }
}

}  // namespace

void run(std::string_view input) {
  check(input);
  if (input.size() != sector_bytes) return;
  std::string summed(input);
  const std::string_view all = summed;
  store(summed.data() + sum_at, crc32c(all.substr(journal_at), crc32c(all.substr(0, sum_at))));
  check(summed);
}

}  // namespace shoal::fuzz
