#pragma once
// What of a configuration that was read again takes effect in a running host. Pure.

#include <string>
#include <vector>

#include "host/config/loader.hpp"

namespace shoal::config {

struct Reload {
  std::vector<std::string> changed;        // keys whose new value counts from now on
  std::vector<std::string> needs_restart;  // keys that differ; the running value stays until then
  std::vector<Module> modules;             // [[modules]] that are new, to be loaded
};

// Brings into `running` all of `next` that changes while a host runs: the keys with `take_over` in the schema
// and new modules. What is left differs again the next time. A module is known by its path, everything else
// by its key; no value is in the result, so no secret is.
Reload take_over(Loaded& running, const Loaded& next);

}  // namespace shoal::config
