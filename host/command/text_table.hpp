#pragma once
// Columns for people. Pure.

#include <string>
#include <vector>

namespace shoal::command {

// Control characters become '?', so that no answer can steer a terminal.
std::string printable(std::string text);

// One row of cells; the first row is the heading. Columns are as wide as their widest cell, in code points.
// Cells are made printable. Requires: every row has as many cells as the heading.
using Rows = std::vector<std::vector<std::string>>;

std::string to_table(const Rows& rows);

}  // namespace shoal::command
