#pragma once
// A CSV file as a stream of keyed JSON records: file, reader and encoder together.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/kafka/csv_input.hpp"
#include "host/kafka/csv_json.hpp"
#include "host/kafka/csv_reader.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

struct CsvRecord {
  std::optional<std::string_view> key;  // none: the key column is null
  std::string_view json;
  std::uint64_t line = 0;  // where the row begins in the file
};

// One thread. Errors begin with the file, and with its line where there is one.
class CsvRows {
 public:
  // Reads the header. A key column that is not there is an error that lists those that are.
  static Result<std::unique_ptr<CsvRows>> open(const std::filesystem::path& file,
                                               const std::string& key_column);

  // The next row, none at the end. Views are valid until the next call.
  Result<std::optional<CsvRecord>> next();

  // How much of the file has been read, 0..1; none where its size is not known.
  std::optional<double> file_fraction() const;

 private:
  CsvRows(CsvInput input, std::string name);

  CsvInput input_;
  std::string name_;
  CsvReader reader_;
  std::optional<CsvRowEncoder> encoder_;
  std::size_t key_index_ = 0;
};

}  // namespace shoal::kafka
