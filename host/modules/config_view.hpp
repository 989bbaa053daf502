#pragma once
// A module's or type's configuration table as the ABI's shoal_config. [control] Owned by the caller for the
// duration of one `init` or `configure` call; every string a module got from it lives as long as this object.
// Neither copied nor moved, since the module holds its address during the call.
//
// A dotted path walks tables: "limits.delay_minutes". A key that itself contains a dot is reached only
// through `json`. Arrays, tables and whole numbers beyond 64 bits come as OTHER with their JSON text.

#include <memory>

#include "host/config/config.hpp"
#include "shoal/abi/base.h"
#include "shoal/base/result.hpp"

namespace shoal::modules {

class ConfigView {
 public:
  // bad_config when the text is not one JSON object.
  static Result<std::unique_ptr<ConfigView>> parse(const config::ModuleTable& table);

  ~ConfigView();
  ConfigView(const ConfigView&) = delete;
  ConfigView& operator=(const ConfigView&) = delete;

  // Lives as long as this object.
  const shoal_config* abi() const { return &abi_; }

 private:
  struct Content;
  explicit ConfigView(std::unique_ptr<Content> content);
  static shoal_status get(const void* state, shoal_bytes path, shoal_value* value);

  std::unique_ptr<Content> content_;
  shoal_config abi_;
};

}  // namespace shoal::modules
