#include "host/kafka/csv_reader.hpp"

#include <algorithm>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::kafka {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string name, Fill fill) : name_(std::move(name)), fill_(std::move(fill)) {
  buffer_.resize(buffer_bytes);
}

Result<void> CsvReader::read_header() {
  SHOAL_ASSERT(columns_.empty());
  SHOAL_TRYV(skip_byte_order_mark());
  SHOAL_TRY(found, read_row());
  if (!found) {
    return error_at(1, "the file is empty: its first row must name the columns");
  }
  columns_.assign(fields_.begin(), fields_.end());
  auto sorted = columns_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return error_at(row_line_, "two columns are named \"" + *twice + "\": rename one");
  }
  return success();
}

Result<bool> CsvReader::next() {
  SHOAL_ASSERT(!columns_.empty());
  SHOAL_TRY(found, read_row());
  if (found && fields_.size() != columns_.size()) {
    return error_at(row_line_, "the row has " + std::to_string(fields_.size()) + " fields, the header has " +
                                   std::to_string(columns_.size()));
  }
  return found;
}

Result<bool> CsvReader::read_row() {
  row_.clear();
  field_ends_.clear();
  state_ = State::field_start;
  row_line_ = line_;
  while (true) {
    if (position_ == filled_) {
      SHOAL_TRY(more, fill());
      if (!more) {
        return finish_at_end();
      }
    }
    take_run();
    SHOAL_TRYV(check_row_bound());
    if (position_ == filled_) {
      continue;
    }
    SHOAL_TRY(step, take(buffer_[position_++]));
    if (step == Step::row_end) {
      const bool blank = row_.empty() && field_ends_.size() == 1 && state_ != State::quote_closed;
      if (!blank) {
        end_row();
        return true;
      }
      field_ends_.clear();
      state_ = State::field_start;
      row_line_ = line_;
    }
  }
}

Result<void> CsvReader::check_row_bound() const {
  if (row_.size() + field_ends_.size() <= row_bytes_max) {
    return success();
  }
  if (state_ == State::quoted) {
    return error_at(quote_line_, "a quote opened here does not close within 1 MiB");
  }
  return error_at(row_line_, "the row is longer than 1 MiB");
}

// A read may give less than the mark's three bytes.
Result<void> CsvReader::skip_byte_order_mark() {
  while (!ended_ && filled_ < byte_order_mark.size()) {
    SHOAL_TRY(got, fill_(std::span{buffer_}.subspan(filled_)));
    filled_ += got;
    ended_ = got == 0;
  }
  if (std::string_view{buffer_.data(), filled_}.starts_with(byte_order_mark)) {
    position_ = byte_order_mark.size();
  }
  return success();
}

Result<bool> CsvReader::fill() {
  if (!ended_) {
    SHOAL_TRY(got, fill_(buffer_));
    position_ = 0;
    filled_ = got;
    ended_ = got == 0;
  }
  return !ended_;
}

// Takes the characters that mean only themselves in one go; what is left is take()'s.
void CsvReader::take_run() {
  if (carriage_return_held_ || state_ == State::quote_closed) {
    return;
  }
  const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(position_);
  const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
  const auto run_end = std::find_if(begin, end, [](char character) {
    return character == ',' || character == '\n' || character == '"' || character == '\r';
  });
  if (run_end != begin) {
    row_.append(begin, run_end);
    position_ += static_cast<std::size_t>(run_end - begin);
    state_ = state_ == State::quoted ? State::quoted : State::plain;
  }
}

// Takes one character. A held CR is settled first, so that CRLF cut in two by a read is one row's end.
Result<CsvReader::Step> CsvReader::take(char character) {
  if (std::exchange(carriage_return_held_, false) && character != '\n') {
    if (state_ == State::quote_closed) {
      return error_at(line_, "a closing quote must be followed by a comma or the end of the line");
    }
    row_ += '\r';
    state_ = State::plain;
  }
  if (state_ != State::quoted) {
    return take_outside_quotes(character);
  }
  if (character == '"') {
    state_ = State::quote_closed;
    return Step::more;
  }
  line_ += character == '\n' ? 1 : 0;
  row_ += character;
  return Step::more;
}

Result<CsvReader::Step> CsvReader::take_outside_quotes(char character) {
  switch (character) {
    case ',':
      end_field();
      state_ = State::field_start;
      return Step::more;
    case '\n':
      ++line_;
      end_field();
      return Step::row_end;
    case '\r':
      carriage_return_held_ = true;
      return Step::more;
    case '"':
      if (state_ == State::plain) {
        return error_at(line_,
                        "a quote inside a field that is not quoted: quote the field and double the quote");
      }
      if (state_ == State::quote_closed) {
        row_ += '"';
      } else {
        quote_line_ = line_;
      }
      state_ = State::quoted;
      return Step::more;
    default:
      if (state_ == State::quote_closed) {
        return error_at(line_, "a closing quote must be followed by a comma or the end of the line");
      }
      row_ += character;
      state_ = State::plain;
      return Step::more;
  }
}

Result<bool> CsvReader::finish_at_end() {
  if (state_ == State::quoted) {
    return error_at(quote_line_, "a quote opened here never closes");
  }
  carriage_return_held_ = false;
  if (state_ == State::field_start && field_ends_.empty()) {
    return false;
  }
  end_field();
  end_row();
  return true;
}

void CsvReader::end_field() { field_ends_.push_back(row_.size()); }

void CsvReader::end_row() {
  fields_.clear();
  std::size_t begin = 0;
  for (const auto end : field_ends_) {
    fields_.push_back(std::string_view{row_}.substr(begin, end - begin));
    begin = end;
  }
}

Error CsvReader::error_at(std::uint64_t line, const std::string& text) const {
  return error(ErrorCode::invalid_argument, name_ + ":" + std::to_string(line) + ": " + text);
}

}  // namespace shoal::kafka
