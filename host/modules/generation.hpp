#pragma once
// One loaded copy of a module. Created and destroyed on `control`; readable by any thread in between. Shared:
// the registry and every EntityType hold it, so its code and instance outlive each of its entities. Its end
// calls `quiesce` and `deinit` of the module and leaves the library mapped; who wants it unmapped keeps
// `library()` and closes that afterwards. Neither copied nor moved: a second object would end a module that
// is alive.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/modules/host_table.hpp"
#include "host/modules/loader.hpp"
#include "host/modules/module_file.hpp"
#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

struct shoal_offsets_factory;  // shoal/abi/offsets.h

namespace shoal::modules {

// Counts the loads of one host from 1; never derived from a handle, which the linker uses again.
using GenerationNumber = StrongId<struct GenerationTag, std::uint64_t>;

class Generation {
 public:
  struct Options {
    GenerationNumber number;
    std::filesystem::path copies_dir;
    std::string host_version;
    LogFunction log;
  };

  // Copies and maps the file and checks its handshake; the module's `init` has not run. Errors name the file.
  static Result<std::shared_ptr<Generation>> open(const ModuleFile& file, const Options& options);

  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // Runs the module's `init`. Once. The error carries the module's own text.
  Result<void> init(const config::ModuleTable& table);

  // The module's entity types, checked. Requires: `init` has succeeded.
  Result<std::vector<const shoal_entity_type*>> entity_types() const;

  // What keeps offsets of sources, checked; null where the module does not. Requires: `init` has succeeded.
  const shoal_offsets_factory* offsets() const { return offsets_; }

  // From now on the module may register no more metrics.
  void finish_loading() { host_->close_registration(); }

  GenerationNumber number() const { return number_; }
  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const std::string& built_with() const { return built_with_; }
  std::uint32_t abi() const { return module_.abi; }
  const std::filesystem::path& source() const { return source_; }
  const std::filesystem::path& copy() const { return copy_; }
  const std::string& sha256() const { return sha256_; }
  const shoal_module& module() const { return module_; }
  void* instance() const { return instance_; }
  std::vector<MetricValue> metrics() const { return host_->metrics(); }
  const std::shared_ptr<Library>& library() const { return library_; }

 private:
  Result<const void*> factory(const char* factory_id) const;
  Generation(const ModuleFile& file, const Options& options, std::filesystem::path copy,
             std::shared_ptr<Library> library, const shoal_module& module);

  GenerationNumber number_;
  std::string id_;
  std::string version_;
  std::string built_with_;
  std::filesystem::path source_;
  std::filesystem::path copy_;
  std::string sha256_;
  std::shared_ptr<Library> library_;
  const shoal_module& module_;
  std::unique_ptr<HostTable> host_;
  void* instance_ = nullptr;
  const shoal_offsets_factory* offsets_ = nullptr;
  bool initialized_ = false;
};

}  // namespace shoal::modules
