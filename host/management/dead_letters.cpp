#include "host/management/dead_letters.hpp"

#include <utility>

#include "host/management/json.hpp"
#include "host/management/percent.hpp"

namespace shoal::management {
namespace {

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

// What a module said of a failure need not be UTF-8.
std::string dead_letters_json(const DeadLetterPage& page) {
  Json letters = Json::array();
  for (const DeadLetter& letter : page.dead_letters) letters.push_back(json_of(letter));
  const Json document = {{"dead_letters", std::move(letters)}, {"last", page.last}, {"missed", page.missed}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shoal::management
