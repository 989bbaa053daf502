#pragma once
// The modules and entity types of a host. [control] Owned by the composition root, which destroys it after
// the lanes. A load that fails leaves everything as it was and says which file failed and why. Types stay for
// the life of the registry. Bounds: those of handshake.hpp for each module; the number of modules is the
// operator's.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/config.hpp"
#include "host/modules/entity_type.hpp"
#include "host/modules/generation.hpp"

namespace shoal::modules {

struct ModuleInfo {
  std::string id;
  std::string version;
  std::string built_with;
  std::uint32_t abi = 0;  // describe_abi() of handshake.hpp makes it text
  std::string sha256;
  std::filesystem::path path;
  GenerationNumber generation;
  std::vector<std::string> types;
  std::vector<MetricValue> metrics;
};

class Registry {
 public:
  struct Options {
    std::filesystem::path copies_dir;  // created when first needed
    LogFunction log;
    std::string host_version;
  };
  // The configuration of an entity type by its name.
  using TypeConfig = std::function<config::ModuleTable(std::string_view type)>;

  explicit Registry(Options options);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // already_exists: this path, this content or one of its types is loaded; bad_config: a table is no JSON
  // object; failed: anything else. The message names the file and the reason.
  Result<std::shared_ptr<const Generation>> load(const std::filesystem::path& path,
                                                 const config::ModuleTable& module_config,
                                                 const TypeConfig& type_config);

  // Null where no module gives this type.
  std::shared_ptr<const EntityType> find_type(std::string_view name) const;
  // In the order of the module's table.
  std::vector<std::shared_ptr<const EntityType>> types_of(const Generation& generation) const;
  // In the order of loading.
  std::vector<ModuleInfo> list() const;

 private:
  struct Loaded {
    std::shared_ptr<const Generation> generation;
    std::vector<std::shared_ptr<const EntityType>> types;
  };

  Result<void> refuse_loaded_path(const std::filesystem::path& path) const;
  Result<void> refuse_loaded_content(const ModuleFile& file) const;
  Result<void> refuse_duplicate_types(const Generation& generation,
                                      const std::vector<const shoal_entity_type*>& types) const;

  Options options_;
  std::vector<Loaded> loaded_;
  std::map<std::string, std::shared_ptr<const EntityType>, std::less<>> types_;
  std::uint64_t loads_ = 0;
};

}  // namespace shoal::modules
