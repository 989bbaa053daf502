#include "host/management/page_query.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace shoal::management {
namespace {

constexpr std::size_t page_limit_max = 10'000;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<PageQuery> read_page_query(std::string_view query, std::string_view wanted) {
  PageQuery asked;
  bool has_limit = false;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    const auto number =
        equals == std::string_view::npos ? std::nullopt : number_of(parameter.substr(equals + 1));
    if (name == wanted && number && !asked.number) {
      asked.number = number;
    } else if (name == "limit" && number && *number >= 1 && *number <= page_limit_max && !has_limit) {
      asked.limit = *number;
      has_limit = true;
    } else {
      return error(ErrorCode::invalid_argument, "this route takes " + std::string(wanted) +
                                                    "=NUMBER and limit=N, with N from 1 to " +
                                                    std::to_string(page_limit_max));
    }
  }
  return asked;
}

}  // namespace shoal::management
