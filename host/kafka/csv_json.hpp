#pragma once
// A CSV row as one JSON object, in the header's column order. A field is a number if the whole of it matches
// JSON's number grammar, and is then printed as it stands (so `9E`, `007` and `+1` are text); `NA` and the
// empty field are null; everything else is text. Quotes in the CSV file change nothing in that. Pure.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

bool is_json_number(std::string_view text);

bool is_null_field(std::string_view field);

// One thread. Errors name the column; the caller knows the line.
class CsvRowEncoder {
 public:
  // The columns' names must be UTF-8.
  static Result<CsvRowEncoder> create(std::span<const std::string> columns);

  // The object, valid until the next call. Requires: one field for each column.
  Result<std::string_view> encode(std::span<const std::string_view> fields);

 private:
  explicit CsvRowEncoder(std::vector<std::string> openings) : openings_(std::move(openings)) {}

  std::vector<std::string> openings_;  // what stands before each value: `{"year":`, `,"month":`
  std::string object_;
};

}  // namespace shoal::kafka
