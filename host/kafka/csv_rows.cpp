#include "host/kafka/csv_rows.hpp"

#include <algorithm>

namespace shoal::kafka {
namespace {

std::string list_of(const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& column : columns) {
    text += (text.empty() ? "" : ", ") + column;
  }
  return text;
}

}  // namespace

CsvRows::CsvRows(CsvInput input, std::string name)
    : input_(std::move(input)),
      name_(std::move(name)),
      reader_(name_, [this](std::span<char> buffer) { return input_.read(buffer); }) {}

Result<std::unique_ptr<CsvRows>> CsvRows::open(const std::filesystem::path& file,
                                               const std::string& key_column) {
  SHOAL_TRY(input, CsvInput::open(file));
  std::unique_ptr<CsvRows> rows{new CsvRows{std::move(input), file.string()}};
  SHOAL_TRYV(rows->reader_.read_header());
  const auto& columns = rows->reader_.columns();
  const auto place = std::find(columns.begin(), columns.end(), key_column);
  if (place == columns.end()) {
    return error(ErrorCode::invalid_argument, rows->name_ + " has no column \"" + key_column +
                                                  "\" to take the key from: it has " + list_of(columns));
  }
  rows->key_index_ = static_cast<std::size_t>(place - columns.begin());
  auto encoder = CsvRowEncoder::create(columns);
  if (!encoder) {
    return error(encoder.error().code, rows->name_ + ":1: " + encoder.error().message);
  }
  rows->encoder_.emplace(std::move(encoder.value()));
  return rows;
}

Result<std::optional<CsvRecord>> CsvRows::next() {
  SHOAL_TRY(found, reader_.next());
  if (!found) {
    return std::optional<CsvRecord>{};
  }
  const auto json = encoder_->encode(reader_.fields());
  if (!json) {
    return error(json.error().code,
                 name_ + ":" + std::to_string(reader_.line()) + ": " + json.error().message);
  }
  CsvRecord record{std::nullopt, json.value(), reader_.line()};
  if (const auto key = reader_.fields()[key_index_]; !is_null_field(key)) {
    record.key = key;
  }
  return std::optional{record};
}

std::optional<double> CsvRows::file_fraction() const {
  if (input_.bytes_size() == 0) {
    return std::nullopt;
  }
  return static_cast<double>(input_.bytes_read()) / static_cast<double>(input_.bytes_size());
}

}  // namespace shoal::kafka
