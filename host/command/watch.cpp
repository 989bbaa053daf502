#include "host/command/watch.hpp"

#include <iostream>
#include <optional>

#include "host/command/report.hpp"
#include "host/command/terminal.hpp"

namespace shoal::command {
namespace {

void print(const Look& found) {
  std::cout << found.page << std::flush;
  if (!found.note.empty()) report(found.note);
}

std::string screen_page(const Result<Look>& found) {
  if (!found) return "shoal: " + found.error().message + "\n";
  const Look& look = found.value();
  return look.note.empty() ? look.page : look.page + "shoal: " + look.note + "\n";
}

}  // namespace

int show(const Watch& watch, Format format, const std::function<Result<Look>()>& look) {
  const auto first = look();
  if (!first) return fail(first.error());
  if (!watch) {
    print(first.value());
    return first.value().exit_code;
  }
  const kafka::StopSignals signals;
  const bool draws = format == Format::text && writes_to_terminal();
  std::optional<LiveScreen> screen;
  if (draws) screen.emplace();
  int exit_code = 0;
  bool is_first = true;
  for (Result<Look> found = first;; found = look()) {
    exit_code = found ? found.value().exit_code : static_cast<int>(exit_code_of(found.error().code));
    if (draws) {
      draw(screen_page(found));
    } else if (found) {
      // Pages of text are told apart by an empty line, JSON documents have a line each.
      if (!is_first && format == Format::text) std::cout << '\n';
      print(found.value());
      is_first = false;
    } else {
      report(found.error().message);
    }
    if (!std::cout || wait_for(*watch, signals) == WaitEnd::stop) return exit_code;
  }
}

}  // namespace shoal::command
