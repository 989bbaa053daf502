#include "host/command/pages.hpp"

#include <iostream>
#include <optional>

#include "host/command/client.hpp"
#include "host/command/report.hpp"
#include "host/command/terminal.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

struct Found {
  Json items = Json::array();
  std::uint64_t last = 0;
  std::uint64_t missed = 0;
  Json document;
};

Result<Found> look(const Pages& pages, std::optional<std::uint64_t> after) {
  std::string target = pages.path + "?limit=" + std::to_string(pages.limit);
  if (after) target += "&after=" + std::to_string(*after);
  Found found;
  SHOAL_TRY(document, call_host_for_json(pages.client, {"GET", target, ""}));
  found.document = std::move(document);
  const auto items = found.document.find(pages.list);
  const auto last = found.document.find("last");
  if (items == found.document.end() || !items->is_array() || last == found.document.end() ||
      !last->is_number_unsigned()) {
    return error(ErrorCode::failed, std::string("the host's answer has no ") + pages.list +
                                        " and last: it is of another version");
  }
  found.items = *items;
  found.last = *last;
  const auto missed = found.document.find("missed");
  if (missed != found.document.end() && missed->is_number_unsigned()) found.missed = *missed;
  return found;
}

void print(const Pages& pages, const Found& found, Format format) {
  for (const Json& item : found.items) {
    if (!item.is_object()) continue;
    std::cout << (format == Format::json ? item.dump() : pages.line_of(item)) << '\n';
  }
  std::cout << std::flush;
  if (found.missed > 0) report(std::to_string(found.missed) + " more are no longer kept");
}

// From the next look on what is new; a host that is away is told and looked for again.
int follow(const Pages& pages, const Found& first) {
  const kafka::StopSignals signals;
  print(pages, first, pages.client.format);
  std::uint64_t last = first.last;
  int exit_code = exit_ok;
  while (std::cout && wait_for(*pages.follow, signals) == WaitEnd::time) {
    for (bool is_more = true; is_more;) {
      const auto next = look(pages, last);
      exit_code = next ? static_cast<int>(exit_ok) : fail(next.error());
      if (!next) break;
      print(pages, next.value(), pages.client.format);
      last = next.value().last;
      is_more = next.value().items.size() >= pages.limit;
    }
  }
  return exit_code;
}

}  // namespace

int show_pages(const Pages& pages) {
  const auto found = look(pages, {});
  if (!found) return fail(found.error());
  if (pages.follow) return follow(pages, found.value());
  if (pages.client.format == Format::json) {
    std::cout << found.value().document.dump() << '\n';
  } else {
    print(pages, found.value(), Format::text);
  }
  return exit_ok;
}

}  // namespace shoal::command
