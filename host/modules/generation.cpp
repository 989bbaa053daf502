#include "host/modules/generation.hpp"

#include <string>
#include <utility>

#include "host/modules/bounded_writer.hpp"
#include "host/modules/config_view.hpp"
#include "host/modules/handshake.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::modules {

namespace {

std::string about(const std::filesystem::path& path) { return "module file " + path.string() + ": "; }

Error failed(const std::filesystem::path& path, const std::string& reason) {
  return error(ErrorCode::failed, about(path) + reason);
}

Result<const shoal_module*> shake_hands(const Library& library) {
  SHOAL_TRY(module, library.entry());
  SHOAL_TRYV(check_module(module));
  return module;
}

}  // namespace

Result<std::shared_ptr<Generation>> Generation::open(const ModuleFile& file, const Options& options) {
  if (!file.elf.exports_entry) {
    return failed(file.source, "it does not export " SHOAL_MODULE_ENTRY_NAME
                               ": a module needs SHOAL_MODULE(…) and the SDK's shoal_add_module()");
  }
  SHOAL_TRY(copy, copy_module_file(file, options.copies_dir));
  auto library = Library::open(copy);
  if (!library) {
    return failed(file.source, "cannot be loaded: " + library.error().message);
  }
  const auto module = shake_hands(*library.value());
  if (!module) {
    library.value()->close();  // none of its functions but the entry has run
    return failed(file.source, module.error().message);
  }
  return std::shared_ptr<Generation>{
      new Generation(file, options, std::move(copy), std::move(library).value(), *module.value())};
}

Generation::Generation(const ModuleFile& file, const Options& options, std::filesystem::path copy,
                       std::shared_ptr<Library> library, const shoal_module& module)
    : number_(options.number),
      id_(module.id),
      version_(module.version),
      built_with_(module.built_with),
      source_(file.source),
      copy_(std::move(copy)),
      sha256_(file.sha256),
      library_(std::move(library)),
      module_(module),
      host_(std::make_unique<HostTable>(id_, options.host_version, options.log)) {}

Generation::~Generation() {
  if (!initialized_) {
    return;
  }
  if (const shoal_status status = module_.quiesce(instance_); status != SHOAL_STATUS_OK) {
    host_->log(SHOAL_LOG_ERROR, "quiesce failed with status " + std::to_string(status));
  }
  module_.deinit(instance_);
}

Result<void> Generation::init(const config::ModuleTable& table) {
  SHOAL_ASSERT(!initialized_);
  auto view = ConfigView::parse(table);
  if (!view) {
    return error(view.error().code, about(source_) + view.error().message);
  }
  BoundedWriter reason{error_bytes_max};
  shoal_status status = SHOAL_STATUS_FAILED;
  try {
    status = module_.init(host_->abi(), view.value()->abi(), reason.abi(), &instance_);
  } catch (...) {
    return failed(source_, "init threw an exception, which a module must not do");
  }
  if (status != SHOAL_STATUS_OK) {
    return failed(source_,
                  "init failed with status " + std::to_string(status) + ": " + std::string{reason.text()});
  }
  initialized_ = true;
  SHOAL_TRY(offsets, factory(SHOAL_OFFSETS_FACTORY_ID));
  offsets_ = static_cast<const shoal_offsets_factory*>(offsets);
  if (const auto checked = check_offsets_factory(offsets_); !checked) {
    return failed(source_, checked.error().message);
  }
  return success();
}

Result<const void*> Generation::factory(const char* factory_id) const {
  try {
    return module_.get_factory(instance_, factory_id);
  } catch (...) {
    return failed(source_, "get_factory threw an exception, which a module must not do");
  }
}

Result<std::vector<const shoal_entity_type*>> Generation::entity_types() const {
  SHOAL_ASSERT(initialized_);
  SHOAL_TRY(found, factory(SHOAL_ENTITY_FACTORY_ID));
  auto types = check_entity_factory(static_cast<const shoal_entity_factory*>(found));
  if (!types) {
    return failed(source_, types.error().message);
  }
  return types;
}

}  // namespace shoal::modules
