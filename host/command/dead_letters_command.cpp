#include <cstdint>
#include <iostream>
#include <optional>

#include "host/command/client.hpp"
#include "host/command/json_table.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/terminal.hpp"
#include "host/command/utc_text.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

std::string entity_of(const Json& object) { return cell_of(object, "type") + "/" + cell_of(object, "id"); }

// 2013-11-09T12:26:40Z ask aircraft/N1 summary, 12 bytes: parked: told so, from aircraft/N2
std::string line_of(const Json& letter) {
  const auto time = letter.find("time_ms");
  const bool has_time = time != letter.end() && time->is_number_integer();
  std::string line = utc_text(has_time ? time->get<std::int64_t>() : 0) + " " + cell_of(letter, "kind") +
                     " " + entity_of(letter) + " " + cell_of(letter, "message") + ", " +
                     cell_of(letter, "body_bytes") + " bytes: " + cell_of(letter, "reason");
  const auto detail = letter.find("detail");
  if (detail != letter.end() && detail->is_string() && !detail->get_ref<const std::string&>().empty()) {
    line += ": " + cell_of(*detail);
  }
  const auto sender = letter.find("sender");
  if (sender != letter.end() && sender->is_object()) line += ", from " + entity_of(*sender);
  const auto position = letter.find("position");
  if (position != letter.end() && position->is_object()) {
    line += ", from " + cell_of(*position, "topic") + "/" + cell_of(*position, "partition") + " offset " +
            cell_of(*position, "offset");
  }
  return line + "\n";
}

struct Found {
  Json letters = Json::array();
  std::uint64_t last = 0;
  std::uint64_t missed = 0;
  Json document;
};

Result<Found> look(const DeadLetters& request, std::optional<std::uint64_t> after) {
  std::string target = "/v1/dead-letters?limit=" + std::to_string(request.limit);
  if (after) target += "&after=" + std::to_string(*after);
  Found found;
  SHOAL_TRY(document, call_host_for_json(request.client, {"GET", target, ""}));
  found.document = std::move(document);
  const auto letters = found.document.find("dead_letters");
  const auto last = found.document.find("last");
  if (letters == found.document.end() || !letters->is_array() || last == found.document.end() ||
      !last->is_number_unsigned()) {
    return error(ErrorCode::failed,
                 "the host's answer has no dead_letters and last: it is of another version");
  }
  found.letters = *letters;
  found.last = *last;
  const auto missed = found.document.find("missed");
  if (missed != found.document.end() && missed->is_number_unsigned()) found.missed = *missed;
  return found;
}

void print(const Found& found, Format format) {
  for (const Json& letter : found.letters) {
    if (!letter.is_object()) continue;
    std::cout << (format == Format::json ? letter.dump() + "\n" : line_of(letter));
  }
  std::cout << std::flush;
  if (found.missed > 0) report(std::to_string(found.missed) + " more are no longer kept");
}

// From the next look on what is new; a host that is away is told and looked for again.
int follow(const DeadLetters& request, const Found& first) {
  const kafka::StopSignals signals;
  print(first, request.client.format);
  std::uint64_t last = first.last;
  int exit_code = exit_ok;
  while (std::cout && wait_for(*request.follow, signals) == WaitEnd::time) {
    for (bool is_more = true; is_more;) {
      const auto next = look(request, last);
      exit_code = next ? static_cast<int>(exit_ok) : fail(next.error());
      if (!next) break;
      print(next.value(), request.client.format);
      last = next.value().last;
      is_more = next.value().letters.size() >= request.limit;
    }
  }
  return exit_code;
}

}  // namespace

int perform(const DeadLetters& request, const Process&) {
  const auto found = look(request, {});
  if (!found) return fail(found.error());
  if (request.follow) return follow(request, found.value());
  if (request.client.format == Format::json) {
    std::cout << found.value().document.dump() << '\n';
  } else {
    print(found.value(), Format::text);
  }
  return exit_ok;
}

}  // namespace shoal::command
