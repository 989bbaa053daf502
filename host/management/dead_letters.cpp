#include "host/management/dead_letters.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "host/management/json.hpp"
#include "host/management/percent.hpp"

namespace shoal::management {
namespace {

constexpr std::size_t limit_max = 10'000;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Json json_of(const DeadLetter& letter) {
  Json sender = nullptr;
  if (letter.sender) sender = {{"type", letter.sender->type}, {"id", percent_encode(letter.sender->id)}};
  Json position = nullptr;
  if (letter.position) {
    position = {{"topic", letter.position->topic},
                {"partition", letter.position->partition},
                {"offset", letter.position->offset}};
  }
  return {{"number", letter.number},
          {"time_ms", letter.time_ms},
          {"kind", letter.kind},
          {"reason", letter.reason},
          {"detail", letter.detail},
          {"type", text_or_null(letter.type)},
          {"id", letter.id.empty() ? Json(nullptr) : Json(percent_encode(letter.id))},
          {"message", text_or_null(letter.message)},
          {"body_bytes", letter.body_bytes},
          {"sender", std::move(sender)},
          {"position", std::move(position)}};
}

}  // namespace

Result<DeadLetterQuery> read_dead_letter_query(std::string_view query) {
  DeadLetterQuery asked;
  bool has_limit = false;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    const auto number =
        equals == std::string_view::npos ? std::nullopt : number_of(parameter.substr(equals + 1));
    if (name == "after" && number && !asked.after) {
      asked.after = number;
    } else if (name == "limit" && number && *number >= 1 && *number <= limit_max && !has_limit) {
      asked.limit = *number;
      has_limit = true;
    } else {
      return error(
          ErrorCode::invalid_argument,
          "this route takes after=NUMBER and limit=N, with N from 1 to " + std::to_string(limit_max));
    }
  }
  return asked;
}

// What a module said of a failure need not be UTF-8.
std::string dead_letters_json(const DeadLetterPage& page) {
  Json letters = Json::array();
  for (const DeadLetter& letter : page.dead_letters) letters.push_back(json_of(letter));
  const Json document = {{"dead_letters", std::move(letters)}, {"last", page.last}, {"missed", page.missed}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shoal::management
