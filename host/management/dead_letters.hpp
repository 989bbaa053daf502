#pragma once
// What a request for dead letters asks, and the document that answers it. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/management/host_api.hpp"

namespace shoal::management {

struct DeadLetterQuery {
  std::optional<std::uint64_t> after;
  std::size_t limit = 100;
};

// Of `after=NUMBER&limit=N`, in any order and each at most once.
Result<DeadLetterQuery> read_dead_letter_query(std::string_view query);

// {"dead_letters": […], "last", "missed"}. Ids are percent-encoded.
std::string dead_letters_json(const DeadLetterPage& page);

}  // namespace shoal::management
