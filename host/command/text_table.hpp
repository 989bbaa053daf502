#pragma once
// Columns for people. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::command {

// Control characters become '?', so that no answer can steer a terminal.
std::string printable(std::string text);

// What of a printable text fits into so many columns, in code points.
std::string_view first_columns(std::string_view text, std::size_t columns);

// One row of cells; the first row is the heading. Columns are as wide as their widest cell, in code points.
// Cells are made printable. Requires: every row has as many cells as the heading.
using Rows = std::vector<std::vector<std::string>>;

std::string to_table(const Rows& rows);

}  // namespace shoal::command
