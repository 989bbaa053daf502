#include "host/command/text_table.hpp"

#include <algorithm>

#include "shoal/base/assert.hpp"

namespace shoal::command {
namespace {

constexpr std::size_t gap = 2;

std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cell, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string printable(std::string text) {
  std::ranges::replace_if(
      text,
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
      },
      '?');
  return text;
}

std::string_view first_columns(std::string_view text, std::size_t columns) {
  std::size_t size = 0;
  for (; size < text.size(); ++size) {
    const bool begins = (static_cast<unsigned char>(text[size]) & 0xc0U) != 0x80U;
    if (begins && columns-- == 0) break;
  }
  return text.substr(0, size);
}

std::string to_table(const Rows& rows) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows) {
    SHOAL_ASSERT(row.size() == widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += printable(row[i]);
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + gap, ' ');
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace shoal::command
