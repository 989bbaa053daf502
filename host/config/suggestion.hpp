#pragma once
// "Did you mean …?" Pure.

#include <string>
#include <string_view>
#include <vector>

namespace shoal::config {

// The candidate nearest to `written` by edit distance (insert, delete, replace, swap of neighbours), or empty
// if none is within a third of its length, at least 1. Among equals the first.
std::string nearest(std::string_view written, const std::vector<std::string>& candidates);

}  // namespace shoal::config
