#include "host/modules/registry.hpp"

#include <utility>

namespace shoal::modules {

namespace {

std::string about(const std::filesystem::path& path) { return "module file " + path.string() + ": "; }

std::string about(const Generation& generation) {
  return "generation " + std::to_string(generation.number().value) + " (module " + generation.id() + " " +
         generation.version() + ")";
}

}  // namespace

Registry::Registry(Options options) : options_(std::move(options)) {}

// Types first, newest first: each holds its generation.
Registry::~Registry() {
  types_.clear();
  while (!loaded_.empty()) {
    loaded_.pop_back();
  }
}

Result<void> Registry::refuse_loaded_path(const std::filesystem::path& path) const {
  for (const Loaded& loaded : loaded_) {
    if (loaded.generation->source() == path) {
      return error(ErrorCode::already_exists, about(path) + "it is already loaded as " +
                                                  about(*loaded.generation) +
                                                  ": a host does not load one path twice");
    }
  }
  return success();
}

Result<void> Registry::refuse_loaded_content(const ModuleFile& file) const {
  for (const Loaded& loaded : loaded_) {
    if (loaded.generation->sha256() == file.sha256) {
      return error(ErrorCode::already_exists, about(file.source) + "the same content is already loaded as " +
                                                  about(*loaded.generation) + " from " +
                                                  loaded.generation->source().string());
    }
  }
  return success();
}

Result<void> Registry::refuse_duplicate_types(const Generation& generation,
                                              const std::vector<const shoal_entity_type*>& types) const {
  for (const shoal_entity_type* type : types) {
    if (const auto other = find_type(type->name)) {
      return error(ErrorCode::already_exists, about(generation.source()) + "entity type " + type->name +
                                                  " is already provided by " + about(*other->generation) +
                                                  " from " + other->generation->source().string());
    }
  }
  return success();
}

Result<std::shared_ptr<const Generation>> Registry::load(const std::filesystem::path& path,
                                                         const config::ModuleTable& module_config,
                                                         const TypeConfig& type_config) {
  SHOAL_TRYV(refuse_loaded_path(resolve_module_path(path)));
  SHOAL_TRY(file, read_module_file(path));
  SHOAL_TRYV(refuse_loaded_content(file));
  SHOAL_TRY(generation, Generation::open(file, {GenerationNumber{loads_ + 1}, options_.copies_dir,
                                                options_.host_version, options_.log}));
  SHOAL_TRYV(generation->init(module_config));
  SHOAL_TRY(tables, generation->entity_types());
  SHOAL_TRYV(refuse_duplicate_types(*generation, tables));

  Loaded loaded{generation, {}};
  for (const shoal_entity_type* table : tables) {
    SHOAL_TRY(type, EntityType::configure(generation, *table,
                                          type_config ? type_config(table->name) : config::ModuleTable{}));
    loaded.types.push_back(std::move(type));
  }
  generation->finish_loading();
  ++loads_;
  for (const auto& type : loaded.types) {
    types_.emplace(type->name, type);
  }
  loaded_.push_back(std::move(loaded));
  return loaded_.back().generation;
}

std::shared_ptr<const EntityType> Registry::find_type(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const EntityType>> Registry::types_of(const Generation& generation) const {
  for (const Loaded& loaded : loaded_) {
    if (loaded.generation.get() == &generation) {
      return loaded.types;
    }
  }
  return {};
}

std::vector<ModuleInfo> Registry::list() const {
  std::vector<ModuleInfo> modules;
  modules.reserve(loaded_.size());
  for (const Loaded& loaded : loaded_) {
    const Generation& generation = *loaded.generation;
    ModuleInfo info{generation.id(),     generation.version(), generation.built_with(), generation.abi(),
                    generation.sha256(), generation.source(),  generation.number(),     {},
                    generation.metrics()};
    for (const auto& type : loaded.types) {
      info.types.push_back(type->name);
    }
    modules.push_back(std::move(info));
  }
  return modules;
}

}  // namespace shoal::modules
