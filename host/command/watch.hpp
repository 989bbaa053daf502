#pragma once
// Looking again and again: what --watch and `shoal top` have in common. [main]

#include <functional>
#include <string>

#include "host/command/request.hpp"
#include "shoal/base/result.hpp"

namespace shoal::command {

// What one look found.
struct Look {
  std::string page;    // ends with a line break
  int exit_code = 0;   // if it is the last
  std::string note{};  // for people, not for the page; empty: none
};

// Prints what `look` finds: once, or again and again until SIGINT, SIGTERM or the key q. On a terminal a page
// of text takes the place of the one before; else, and as JSON, they follow each other. The first look that
// fails ends the command; a later one is told and tried again. Gives the last look's exit code.
int show(const Watch& watch, Format format, const std::function<Result<Look>()>& look);

}  // namespace shoal::command
