#pragma once
// Rows of a CSV file by RFC 4180: a header, commas, quoted fields with doubled quotes and newlines in them,
// LF or CRLF, a byte order mark skipped. Pure: the bytes come through a function.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

// One thread. Errors begin with `name:line:`, the line on which the row begins, or its open quote does. After
// an error the reader stands in the middle of a row and must not be used.
class CsvReader {
 public:
  // Fills the front of the buffer; 0 is the end.
  using Fill = std::function<Result<std::size_t>(std::span<char>)>;

  // A longer row is an error: without a bound one lost quote would read the rest of the file into memory.
  static constexpr std::size_t row_bytes_max = 1024 * 1024;

  CsvReader(std::string name, Fill fill);

  // The first row. Requires: called once, before next().
  Result<void> read_header();
  const std::vector<std::string>& columns() const { return columns_; }

  // False at the end. Rows without any character are skipped; every other row has as many fields as the
  // header.
  Result<bool> next();
  // The row's fields, unquoted. Valid until the next call of next().
  std::span<const std::string_view> fields() const { return fields_; }
  // Where the row begins, counted from 1.
  std::uint64_t line() const { return row_line_; }

 private:
  enum class State { field_start, plain, quoted, quote_closed };
  enum class Step { more, row_end };

  Result<bool> read_row();
  Result<void> skip_byte_order_mark();
  Result<bool> fill();
  void take_run();
  Result<void> check_row_bound() const;
  Result<Step> take(char character);
  Result<Step> take_outside_quotes(char character);
  Result<bool> finish_at_end();
  void end_field();
  void end_row();
  Error error_at(std::uint64_t line, const std::string& text) const;

  std::string name_;
  Fill fill_;
  std::vector<char> buffer_;
  std::size_t position_ = 0;  // in buffer_: the next character
  std::size_t filled_ = 0;    // in buffer_: where the characters end
  bool ended_ = false;

  State state_ = State::field_start;
  bool carriage_return_held_ =
      false;  // a CR that is the row's end if LF follows, else a character of the field
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
  std::uint64_t quote_line_ = 1;
  std::string row_;  // the fields' text, one after another
  std::vector<std::size_t> field_ends_;
  std::vector<std::string_view> fields_;
  std::vector<std::string> columns_;
};

}  // namespace shoal::kafka
