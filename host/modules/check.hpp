#pragma once
// `shoal module check FILE`: loads a copy of the module into this process as a host would, ends it again, and
// reports what a host would say to it: handshake, exports, types and messages, and whether it unmaps.
// [control]

#include <filesystem>
#include <string>

#include "host/config/config.hpp"
#include "host/modules/host_table.hpp"
#include "host/modules/registry.hpp"

namespace shoal::modules {

struct CheckOptions {
  std::string host_version;
  config::ModuleTable module_config;  // given to `init`
  Registry::TypeConfig type_config;   // none: every type gets an empty table
  LogFunction log;                    // what the module logs meanwhile; none: dropped
};

struct CheckReport {
  bool passed = false;
  std::string text;  // lines for people, each problem on a line that starts with "problem:"

  // The command's exit code: 0 passed, 1 not.
  int exit_code() const { return passed ? 0 : 1; }
};

// Never fails: what goes wrong is the report.
CheckReport check_module_file(const std::filesystem::path& path, const CheckOptions& options);

}  // namespace shoal::modules
