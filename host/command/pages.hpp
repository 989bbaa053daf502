#pragma once
// What a host keeps in numbered pages (dead letters, events of the cluster): shown once, or followed. [main]

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "host/command/request.hpp"

namespace shoal::command {

struct Pages {
  Client client;
  std::string path;  // takes after= and limit=
  const char* list;  // the member of the answer that holds the items; beside it stand `last` and `missed`
  std::uint32_t limit = 100;
  Watch follow;  // what is new, every so often; none: what is there
  std::function<std::string(const nlohmann::ordered_json&)> line_of;  // for people, without its end
};

// As JSON one document, or, followed, an item a line. Gives the exit code.
int show_pages(const Pages& pages);

}  // namespace shoal::command
