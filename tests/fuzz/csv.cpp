// A CSV file that is fed to a topic. The first byte is how much a read gives, so that every construct is cut
// in two somewhere.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/kafka/csv_json.hpp"
#include "host/kafka/csv_reader.hpp"
#include "target.hpp"

namespace shoal::fuzz {
namespace {

kafka::CsvReader::Fill in_pieces(std::string_view text, std::size_t piece) {
  return [text, piece](std::span<char> buffer) mutable -> Result<std::size_t> {
    const std::size_t size = std::min({piece, buffer.size(), text.size()});
    std::copy_n(text.begin(), size, buffer.begin());
    text.remove_prefix(size);
    return size;
  };
}

// The rows as JSON, and at the end what is wrong with the file.
std::vector<std::string> rows_of(std::string_view text, std::size_t piece) {
  kafka::CsvReader reader("file", in_pieces(text, piece));
  if (const auto header = reader.read_header(); !header) return {header.error().message};
  auto encoder = kafka::CsvRowEncoder::create(reader.columns());
  if (!encoder) return {encoder.error().message};
  std::vector<std::string> rows;
  for (;;) {
    const auto more = reader.next();
    if (!more) rows.push_back(more.error().message);
    if (!more || !more.value()) return rows;
    require(reader.fields().size() == reader.columns().size(), "a row has the header's fields");
    const auto row = encoder.value().encode(reader.fields());
    rows.emplace_back(row ? row.value() : row.error().message);
    if (row) require(is_json(rows.back()), "a row is JSON");
  }
}

}  // namespace

void run(std::string_view input) {
  const std::size_t piece = take_byte(input) % 16 + std::size_t{1};
  const auto whole = rows_of(input, input.size() + 1);
  require(rows_of(input, piece) == whole, "how a file is read makes no difference");
}

}  // namespace shoal::fuzz
