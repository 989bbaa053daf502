#pragma once
// What `init` of a module makes and `deinit` frees.

#include <memory>

#include "shoal/detail/type_info.hpp"
#include "shoal/host.hpp"

namespace shoal::detail {

struct ModuleInfo {
  explicit ModuleInfo(const shoal_host* abi) : host(abi) {}

  Host host;
  Tagged shared;
};

// `Shared` is the struct of shoal::shared, or void.
template <class Shared>
struct ModuleInstance : ModuleInfo {
  using ModuleInfo::ModuleInfo;
  std::unique_ptr<Shared> object;
};
template <>
struct ModuleInstance<void> : ModuleInfo {
  using ModuleInfo::ModuleInfo;
};

}  // namespace shoal::detail
