#include "host/modules/entity_type.hpp"

#include <utility>

#include "host/modules/bounded_writer.hpp"
#include "host/modules/config_view.hpp"
#include "host/modules/handshake.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::modules {

namespace {

Result<void*> call_configure(const Generation& generation, const shoal_entity_type& type,
                             const config::ModuleTable& table) {
  const std::string of = "module file " + generation.source().string() + ": entity type " + type.name;
  if (type.configure == nullptr) {
    return generation.instance();
  }
  auto view = ConfigView::parse(table);
  if (!view) {
    return error(view.error().code, of + ": " + view.error().message);
  }
  BoundedWriter reason{error_bytes_max};
  void* state = nullptr;
  shoal_status status = SHOAL_STATUS_FAILED;
  try {
    status = type.configure(generation.instance(), view.value()->abi(), reason.abi(), &state);
  } catch (...) {
    return error(ErrorCode::failed, of + ": configure threw an exception, which a module must not do");
  }
  if (status != SHOAL_STATUS_OK) {
    return error(ErrorCode::failed, of + ": configure failed with status " + std::to_string(status) + ": " +
                                        std::string{reason.text()});
  }
  return state;
}

}  // namespace

Result<std::shared_ptr<const EntityType>> EntityType::configure(std::shared_ptr<const Generation> from,
                                                                const shoal_entity_type& type,
                                                                const config::ModuleTable& table) {
  SHOAL_TRY(type_state, call_configure(*from, type, table));
  return std::shared_ptr<const EntityType>{new EntityType(std::move(from), type, type_state)};
}

EntityType::EntityType(std::shared_ptr<const Generation> from, const shoal_entity_type& type,
                       void* type_state)
    : generation(std::move(from)), abi(&type), state(type_state), name(type.name), events(type) {
  for (std::uint32_t index = 0; index < type.message_count; ++index) {
    message_index_.emplace(message(index).name, index);
  }
}

EntityType::~EntityType() {
  if (abi->configure != nullptr && abi->release != nullptr) {
    abi->release(state);
  }
}

std::optional<std::uint32_t> EntityType::find_message(std::string_view message_name) const {
  const auto found = message_index_.find(message_name);
  return found == message_index_.end() ? std::nullopt : std::optional{found->second};
}

const shoal_message_type& EntityType::message(std::uint32_t index) const {
  SHOAL_ASSERT(index < abi->message_count);
  return *table_element(abi->messages, index);
}

}  // namespace shoal::modules
