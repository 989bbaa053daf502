#include "host/kafka/csv_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shoal/base/assert.hpp"

namespace shoal::kafka {
namespace {

// Where the digits that begin at `begin` end; `begin` itself if there are none.
std::size_t skip_digits(std::string_view text, std::size_t begin) {
  while (begin < text.size() && text[begin] >= '0' && text[begin] <= '9') {
    ++begin;
  }
  return begin;
}

bool needs_no_escape(char character) {
  return character >= ' ' && character <= '~' && character != '"' && character != '\\';
}

// False if `text` is not UTF-8.
bool append_json_text(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), needs_no_escape)) {
    out.append(1, '"').append(text).append(1, '"');
    return true;
  }
  try {
    out += nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace

// number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ ( "e" / "E" ) [ "+" / "-" ] 1*digit ]   (RFC
// 8259, 6)
bool is_json_number(std::string_view text) {
  std::size_t position = text.starts_with('-') ? 1 : 0;
  const auto whole_end = skip_digits(text, position);
  if (whole_end == position || (text[position] == '0' && whole_end > position + 1)) {
    return false;
  }
  position = whole_end;
  if (position < text.size() && text[position] == '.') {
    const auto fraction_end = skip_digits(text, position + 1);
    if (fraction_end == position + 1) {
      return false;
    }
    position = fraction_end;
  }
  if (position < text.size() && (text[position] == 'e' || text[position] == 'E')) {
    ++position;
    if (position < text.size() && (text[position] == '+' || text[position] == '-')) {
      ++position;
    }
    const auto exponent_end = skip_digits(text, position);
    if (exponent_end == position) {
      return false;
    }
    position = exponent_end;
  }
  return position == text.size();
}

bool is_null_field(std::string_view field) { return field.empty() || field == "NA"; }

Result<CsvRowEncoder> CsvRowEncoder::create(std::span<const std::string> columns) {
  std::vector<std::string> openings;
  for (const auto& column : columns) {
    std::string opening(1, openings.empty() ? '{' : ',');
    if (!append_json_text(opening, column)) {
      return error(ErrorCode::invalid_argument, "the name of column " + std::to_string(openings.size() + 1) +
                                                    " is not UTF-8: convert the file");
    }
    openings.push_back(opening + ':');
  }
  return CsvRowEncoder{std::move(openings)};
}

Result<std::string_view> CsvRowEncoder::encode(std::span<const std::string_view> fields) {
  SHOAL_ASSERT(fields.size() == openings_.size());
  object_.clear();
  for (std::size_t index = 0; index < fields.size(); ++index) {
    object_ += openings_[index];
    const auto field = fields[index];
    if (is_null_field(field)) {
      object_ += "null";
    } else if (is_json_number(field)) {
      object_ += field;
    } else if (!append_json_text(object_, field)) {
      const auto column = openings_[index].substr(1, openings_[index].size() - 2);
      return error(ErrorCode::invalid_argument,
                   "the text in column " + column + " is not UTF-8: convert the file");
    }
  }
  object_ += '}';
  return std::string_view{object_};
}

}  // namespace shoal::kafka
