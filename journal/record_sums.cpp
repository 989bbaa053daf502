#include "journal/record_sums.hpp"

#include <algorithm>
#include <array>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"
#include "journal/record_codec.hpp"

namespace shoal::journal {

namespace {

constexpr std::size_t summed_from = record_sum_at + sizeof(std::uint32_t);
constexpr std::size_t cache_line_bytes = 64;
// Far enough ahead for what another processor has written to be here in time.
constexpr std::size_t lookahead_bytes = 1536;

// Sums of records that stand one behind the other, as many at once as crc32c takes.
struct RecordSums {
  // Takes them off the front: while the first of them have at most `bytes_max` bytes together, but at least
  // one.
  RecordSums(std::string_view& records, std::size_t bytes_max, std::uint32_t seed) {
    Crc32cPieces lengths;
    Crc32cPieces rests;
    const char* const begin = records.data();
    for (; count < crc32c_lanes && !records.empty(); ++count) {
      const std::size_t length = load<std::uint32_t>(records.data());
      if (count > 0 && static_cast<std::size_t>(records.data() - begin) + length > bytes_max) break;
      at[count] = records.data();
      lengths[count] = records.substr(0, record_sum_at);
      rests[count] = records.substr(summed_from, length - summed_from);
      records.remove_prefix(length);
    }
    const auto taken = static_cast<std::size_t>(records.data() - begin);
    const std::string_view soon = records.substr(std::min(records.size(), lookahead_bytes)).substr(0, taken);
    for (std::size_t line = 0; line < soon.size(); line += cache_line_bytes)
      __builtin_prefetch(soon.data() + line);
    sums = crc32c(rests, crc32c(lengths, {seed, seed, seed}));
  }

  std::size_t count = 0;
  std::array<const char*, crc32c_lanes> at;
  Crc32cSums sums;
};

}  // namespace

std::size_t sum_up(std::span<char> records, std::size_t bytes_max, std::uint32_t seed) {
  std::string_view rest(records.data(), records.size());
  for (;;) {
    const std::size_t done = records.size() - rest.size();
    if (rest.empty() || (done > 0 && done + length_at(rest) > bytes_max)) return done;
    const RecordSums found(rest, bytes_max - std::min(bytes_max, done), seed);
    for (std::size_t i = 0; i < found.count; ++i)
      store(&records[static_cast<std::size_t>(found.at[i] - records.data())] + record_sum_at, found.sums[i]);
  }
}

bool sums_hold(std::string_view records, std::uint32_t seed) {
  while (!records.empty()) {
    const RecordSums found(records, records.size(), seed);
    for (std::size_t i = 0; i < found.count; ++i) {
      if (load<std::uint32_t>(found.at[i] + record_sum_at) != found.sums[i]) return false;
    }
  }
  return true;
}

}  // namespace shoal::journal
