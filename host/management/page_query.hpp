#pragma once
// What a request for a page of numbered items asks. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::management {

struct PageQuery {
  std::optional<std::uint64_t> number;
  std::size_t limit = 100;
};

// Of `WANTED=NUMBER&limit=N`, in any order and each at most once.
Result<PageQuery> read_page_query(std::string_view query, std::string_view wanted);

}  // namespace shoal::management
